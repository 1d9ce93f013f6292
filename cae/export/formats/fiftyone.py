"""A dataset as FiftyOne reads it: FiftyOneImageClassificationDataset, with a list of its files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cae.export.archive import Entries, Entry
from cae.export.contents import json_object_pieces, json_text
from cae.export.formats.format import Format
from cae.export.release import Release
from cae.home import free_name
from cae.json_value import json_value

_FOLDER = "fiftyone"
# What FiftyOne's labels have names for themselves.
_TAKEN = frozenset({"id", "label", "tags", "confidence", "logits", "attributes"})
_README = f"""\
{_FOLDER}/          For FiftyOne: the images with their label, its attributes the columns. In Python
                   fiftyone.Dataset.from_dir("{_FOLDER}", data_path="data.json",
                       dataset_type=fiftyone.types.FiftyOneImageClassificationDataset)
                   Where images have masks, of one structure in masks/ (of several masks/NAME/),
                   dataset.merge_dir(".", data_path="images", labels_path="masks",
                       dataset_type=fiftyone.types.ImageSegmentationDirectory,
                       label_field="segmentation")
"""


def _entries(release: Release) -> Entries:
    files = zip(_keys(release), release.table["image"], strict=True)
    yield Entry(
        f"{_FOLDER}/data.json", json_object_pieces((key, f"../{file}") for key, file in files)
    )
    yield Entry(f"{_FOLDER}/labels.json", _labels(release))


def _labels(release: Release) -> Iterator[bytes]:
    yield f'{{"classes": {json_text(release.classes)}, "labels": '.encode()
    names = _names([str(column) for column in release.table])
    cells = zip(release.labels, release.lines(), strict=True)
    labels = (_label(label, line, names) for label, line in cells)
    yield from json_object_pieces(zip(_keys(release), labels, strict=True))
    yield b"}\n"


def _label(label: Any, line: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    known = {names[name]: value for name, value in line.items() if value is not None}
    return {"label": json_value(label), "attributes": known}


def _names(columns: Sequence[str]) -> dict[str, str]:
    """Return what each column is called as an attribute, no two alike."""
    names = {column: column for column in columns if column not in _TAKEN}
    for column in columns:
        if column in _TAKEN:
            names[column] = free_name(f"image_{column}", {*names.values()}.__contains__)
    return names


def _keys(release: Release) -> Iterator[str]:
    """Yield names without dots, as FiftyOne takes what follows one for a file's ending."""
    return (f"{row:07d}" for row in release.rows)


FIFTYONE = Format("FiftyOne", _README, _entries)
