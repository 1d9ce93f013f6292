"""Region masks of images as pictures and numbers that a colleague can check."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.cohorts.selection import LEFT_OUT
from cae.errors import CaeError
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive
from cae.export.contents import json_bytes, palette_png_bytes
from cae.export.csv import csv_pieces
from cae.export.provenance import PROVENANCE, provenance, readme
from cae.export.redaction import Disclosure, disclosure
from cae.home import folder_name
from cae.local.palette import region_colours
from cae.local.regions import areas_table, region_areas
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_IMAGES_AT_ONCE = 64
_PIECE_BYTES = 1 << 20
_README = f"""\
CAE Explorer: region masks
==========================

What a local model, trained without labels, takes for one region in all images. Regions are
numbers without a meaning of their own: look at them before you call one an organ or a tissue.

areas.csv          One line per image: its row in the study, its id, the name of its mask, and
                   which share of the image (0-1) each region covers.
masks/             A picture per image whose pixels are region numbers (PNG with a palette: the
                   colours are those of the app).
masks.npz          labels, uint8 (N, H, W), the same numbers in the order of areas.csv; rows,
                   int64 (N,), rows in the study (numpy.load reads it).
provenance.json    Versions, hashes and parameters of every step that led here.
checksums.sha256   The SHA-256 of every other file.

{HOW_TO_CHECK}
For research use only; not for diagnosis.
"""


def file_stem(study: "Study", name: str, *, identifying: bool = False) -> str:
    """Return a file name without ending, made from the name of the images where it may be told."""
    told = disclosure(study, identifying).text(name)
    plain = folder_name(told).replace(" ", "-") if told != LEFT_OUT else ""
    return f"masks-{plain or 'images'}"


def export_masks(
    study: "Study",
    rows: np.ndarray,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the region masks of the images `rows`, their areas and their provenance.

    The masks are found, written and put aside on the disk a few at a time, so memory does not
    grow with their number. Two exports of the same images are the same, byte for byte.

    Args:
        study: it has a local model.
        rows: of the images.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        identifying: whether ids are exported that may tell who a patient is.
        progress: receives images written.

    Returns:
        `out`.

    Raises:
        CaeError: there is no local model or no image, the folder holds something, or the place
            is full or cannot be written to.
    """
    study.require("local")
    rows = np.asarray(rows, np.int64)
    if len(rows) == 0:
        raise CaeError("There is no image to write masks of; choose at least one.")
    return write_archive(out, _entries(study, rows, disclosure(study, identifying), progress))


def _entries(study: "Study", rows: np.ndarray, told: Disclosure, progress: Progress) -> Entries:
    model = study.local_model
    files = [f"masks/{name}.png" for name in told.file_names(rows)]
    palette = region_colours(model.network.regions)
    shape = (len(rows), *study.images.shape[1:3])
    facts = {"images": len(rows), "regions": model.network.regions}
    origin = provenance(study, told, "masks", facts, columns=["id"])
    areas = []
    yield Entry("README.txt", readme(_README, origin))
    with tempfile.TemporaryDirectory() as scratch:
        labels = np.lib.format.open_memmap(Path(scratch) / "labels.npy", "w+", np.uint8, shape)
        for start in range(0, len(rows), _IMAGES_AT_ONCE):
            chunk = slice(start, start + _IMAGES_AT_ONCE)
            labels[chunk] = model.pixels(np.asarray(study.images[rows[chunk]])).labels
            for file, mask in zip(files[chunk], labels[chunk], strict=True):
                yield Entry(file, palette_png_bytes(np.array(mask), palette))
            areas.append(region_areas(labels[chunk], len(palette)))
            progress(min(chunk.stop, len(rows)), len(rows), "masks")
        table = pd.DataFrame({"row": rows, "image": told.image_names(rows), "mask": files})
        shares = areas_table(np.concatenate(areas))
        yield Entry("areas.csv", csv_pieces(pd.concat([table, shares], axis=1)))
        packed = Path(scratch) / "masks.npz"
        np.savez_compressed(packed, labels=labels, rows=rows)
        yield Entry("masks.npz", _file_pieces(packed))
    yield Entry(PROVENANCE, json_bytes(origin))


def _file_pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            yield piece
