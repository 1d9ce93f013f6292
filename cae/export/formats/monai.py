"""A list of data as MONAI reads it: that of the Medical Segmentation Decathlon."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cae.export.archive import Entries, Entry
from cae.export.contents import json_array_pieces, json_text
from cae.export.formats.format import Format
from cae.export.release import Release

_FILE = "datalist.json"
_SECTIONS = {"train": "training", "val": "validation", "test": "test"}
_README = f"""\
{_FILE}      For MONAI: the images with their label as a number, see labels. In Python
                   monai.data.load_decathlon_datalist("{_FILE}", is_segmentation=False)
                   With folds all images are in training and have a fold, as Auto3DSeg takes them;
                   else training, validation and test are the splits of the study.
                   Where images have masks, label is the file of the mask, or a list of one for each
                   structure, for which is_segmentation=True; then the number is called class, see
                   classes, and images without a mask have no label.
"""


def _entries(release: Release) -> Entries:
    yield Entry(_FILE, _pieces(release))


def _pieces(release: Release) -> Iterator[bytes]:
    """Yield the list; labels are numbers, as MONAI takes a text that is a file's name for it."""
    numbers = {name: number for number, name in enumerate(release.classes)}
    facts = {
        "name": release.name,
        "modality": {"0": "image"},
        **_meanings(release, numbers),
        "numTraining": len(_places(release, "training")),
        "numTest": len(_places(release, "test")),
    }
    yield json_text(facts).removesuffix("}").encode()
    for section in _SECTIONS.values():
        yield f', "{section}": '.encode()
        yield from json_array_pieces(
            _item(release, int(place), numbers) for place in _places(release, section)
        )
    yield b"}\n"


def _meanings(release: Release, numbers: dict[str, int]) -> dict[str, Any]:
    """Return what labels, and classes where there are masks, stand for."""
    classes = {str(number): name for name, number in numbers.items()}
    if not release.masks:
        return {"labels": classes}
    structures = list(release.masks.values())
    return {
        "labels": {"0": "outside", "255": "inside"},
        "structures": structures,
        "classes": classes,
    }


def _places(release: Release, section: str) -> np.ndarray:
    if release.folds is not None:
        return np.arange(len(release) if section == "training" else 0)
    sections = np.array([_SECTIONS.get(split, "training") for split in release.splits])
    return np.flatnonzero(sections == section)


def _item(release: Release, place: int, numbers: dict[str, int]) -> dict[str, Any]:
    item: dict[str, Any] = {"image": release.table["image"].iloc[place]}
    number = numbers.get(str(release.labels.iloc[place]))
    if number is not None:
        item["class" if release.masks else "label"] = number
    if masks := release.masks_of(place):
        item["label"] = masks[0] if len(masks) == 1 else masks
    if release.folds is not None:
        item["fold"] = int(release.folds[place])
    return item


MONAI = Format("MONAI", _README, _entries, divides=True)
