"""Region masks of images as pictures and numbers that a colleague can check."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.export.archive import HOW_TO_CHECK, HashedArchive, new_archive
from cae.export.contents import json_bytes
from cae.export.csv import csv_pieces
from cae.export.filenames import safe_names
from cae.export.provenance import anonymous_origin
from cae.export.redaction import Redaction
from cae.local.palette import region_colours
from cae.local.regions import areas_table, region_areas
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_IMAGES_AT_ONCE = 64
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


def export_masks(study: "Study", rows: np.ndarray, path: Path, progress: Progress = silent) -> Path:
    """Write the region masks of the images `rows`, their areas and their provenance.

    Ids that may tell who a patient is are left out. Two exports of the same images differ only
    in ``exported_utc`` of provenance.json and its checksum.

    Args:
        study: it has a local model.
        rows: of the images.
        path: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        progress: receives images written.

    Returns:
        `path`.

    Raises:
        CaeError: there is no local model, the folder holds something, or the place cannot be
            written to.
    """
    path = Path(path)
    rows = np.asarray(rows, np.int64)
    redaction, model = Redaction(study), study.local_model
    names = [redaction.image_name(int(row)) for row in rows]
    files = [f"masks/{name}.png" for name in safe_names(names)]
    palette = region_colours(model.network.regions)
    labels = np.empty((len(rows), *study.images.shape[1:3]), np.uint8)
    with new_archive(path) as archive:
        archive.add("README.txt", _README.encode("utf-8"))
        for start in range(0, len(rows), _IMAGES_AT_ONCE):
            chunk = slice(start, start + _IMAGES_AT_ONCE)
            labels[chunk] = model.pixels(np.asarray(study.images[rows[chunk]])).labels
            _add_masks(archive, files[chunk], labels[chunk], palette)
            progress(min(chunk.stop, len(rows)), len(rows), "masks")
        table = pd.DataFrame({"row": rows, "image": names, "mask": files})
        areas = areas_table(region_areas(labels, len(palette)))
        archive.add_pieces("areas.csv", csv_pieces(pd.concat([table, areas], axis=1)))
        archive.add("masks.npz", _npz(labels=labels, rows=rows))
        told = {
            **anonymous_origin(study, redaction),
            "masks": {"images": len(rows), "local_model_hash": study.digest("local")},
        }
        archive.add("provenance.json", json_bytes(told))
        archive.add_checksums()
    return path


def _add_masks(
    archive: HashedArchive, files: list[str], labels: np.ndarray, palette: np.ndarray
) -> None:
    from PIL import Image

    for file, mask in zip(files, labels, strict=True):
        picture = Image.fromarray(mask, "P")
        picture.putpalette(palette.tobytes())
        buffer = io.BytesIO()
        picture.save(buffer, format="PNG")
        archive.add(file, buffer.getvalue())


def _npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
