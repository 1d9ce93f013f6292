"""A decoded path as files that say of themselves that they are synthetic."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.decoding.decoded_path import DecodedPath, anchor_letters
from cae.errors import CaeError
from cae.export.archive import new_zip
from cae.export.contents import json_bytes, npy_pieces, png_bytes
from cae.export.csv import csv_pieces
from cae.export.filenames import safe_names
from cae.export.redaction import LEFT_OUT, Redaction
from cae.export.synthetic import (
    ORIGINAL,
    SYNTHETIC,
    film_strip,
    picture_grid,
    write_gif,
    write_marked_png,
    write_png,
    write_webp,
)
from cae.version import __version__

if TYPE_CHECKING:
    from cae.study.study import Study

GIF_SECONDS_PER_FRAME = 0.3
_NO_PATHS = ("grid", "direction", "average")
_REMARK = "the frames are decoded by a model; they are not images of real subjects"
_README = """Synthetic images along a path through a latent space, exported by CAE Explorer

frames/               One PNG per step, decoded by the model and marked as synthetic in the
                      picture, the name and the PNG's text.
overview-synthetic.png
                      All steps side by side; what is grey is an original image.
path-synthetic.gif    The steps as an animation.
originals/            The images that the path joins, unchanged.
path.json             Study, model hash, anchors, kind and number of steps.
synthetic-steps.csv   Per step what it is, the nearest real image, the cosine distance to it
                      (0-2), whether that is farther than images have one another (off_data), and
                      the place on the map. Row i is the image in row i of the study. Steps are of
                      the kind synthetic; the originals follow as real.
synthetic-latents.npy The latent of every step, float32, in the order of synthetic-steps.csv.
checksums.sha256      The SHA-256 of every other file.

Synthetic images show what the model has learned; they are not images of any subject.
For research use only; not for diagnosis.
"""


def file_stem(study: "Study", path: DecodedPath) -> str:
    """Return a file name without ending that tells the direction and the rows, never an id."""
    what = [path.kind if path.kind in _NO_PATHS else "path"]
    if "direction" in path.facts:
        name = Redaction(study).text(path.facts["direction"]["name"])
        what += safe_names([name] if name != LEFT_OUT else [])
    return "-".join(["synthetic", *what, *(f"row{row}" for row in path.anchors)])


def path_facts(study: "Study", path: DecodedPath) -> dict[str, Any]:
    """Return how `path` was made, as JSON-able values, without what may identify a patient.

    Images are named by id, or by row where ids may tell who a patient is.
    """
    redaction = Redaction(study)
    return {
        "app": "CAE Explorer",
        "version": __version__,
        "study": {
            "name": redaction.text(study.name),
            "source": redaction.source(study.manifest["source"]),
            "images_hash": study.digest("import"),
            "model_hash": study.digest("train"),
            "latents_hash": study.digest("encode"),
            "method": study.method,
        },
        "anchors": [
            {"label": label, "image": redaction.image_name(row), "row": row}
            for label, row in zip(anchor_letters(path.anchors), path.anchors, strict=True)
        ],
        "kind": path.kind,
        "steps": len(path),
        "latent_size": path.latents.shape[1],
        **redaction.details(path.facts),
    }


def steps_table(study: "Study", path: DecodedPath) -> pd.DataFrame:
    """Return one row per step: frame, nearest real image and distance to it, place on the map.

    The originals follow as rows of the kind ``real``, which are no steps.
    """
    redaction = Redaction(study)
    steps = pd.DataFrame(
        {
            "kind": "synthetic",
            "step": np.arange(1, len(path) + 1),
            "frame": [_frame_name(path, number) for number in range(1, len(path) + 1)],
            "caption": path.captions,
            "nearest_image": [redaction.image_name(int(row)) for row in path.nearest_rows],
            "nearest_row": path.nearest_rows,
            "cosine_distance": path.nearest_distances,
            "off_data": path.off_data,
            "map_x": path.places[:, 0],
            "map_y": path.places[:, 1],
        }
    )
    originals = _originals(path)
    rows = list(originals.values())
    real = pd.DataFrame(
        {
            "kind": "real",
            "frame": [_original_name(label) for label in originals],
            "caption": [f"{ORIGINAL} {label}" for label in originals],
            "nearest_image": [redaction.image_name(row) for row in rows],
            "nearest_row": rows,
            "cosine_distance": 0.0,
            "off_data": False,
            "map_x": study.projection[rows, 0],
            "map_y": study.projection[rows, 1],
        }
    )
    return pd.concat([steps.astype({"step": "Int64"}), real], ignore_index=True)


def export_path(study: "Study", path: DecodedPath, file: Path) -> Path:
    """Write frames, overview, animation, originals, table, facts and latents as one zip.

    Two exports of one path differ only in ``exported_utc`` of path.json and its checksum.

    Args:
        study: the study the path was decoded in.
        path: as `decode_path` returns it.
        file: the zip; its name must contain "synthetic".

    Raises:
        CaeError: the name lacks the word, or the file cannot be written.
    """
    file = Path(file)
    if "synthetic" not in file.name.lower():
        raise CaeError(
            f"The name {file.name!r} must contain 'synthetic', because the file holds decoded "
            "images; add the word."
        )
    facts = path_facts(study, path)
    told = {
        "synthetic": _REMARK,
        **facts,
        "exported_utc": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with new_zip(file) as archive, tempfile.TemporaryDirectory() as scratch:
        pictures = _write_pictures(study, path, facts, Path(scratch))
        archive.add("README.txt", _README.encode())
        for name, picture in pictures.items():
            archive.add(name, picture.read_bytes())
        for label, row in _originals(path).items():
            archive.add(_original_name(label), png_bytes(study.images[row]))
        archive.add_pieces("synthetic-steps.csv", csv_pieces(steps_table(study, path)))
        archive.add("path.json", json_bytes(told))
        latents = npy_pieces(path.latents, np.arange(len(path)))
        archive.add_pieces("synthetic-latents.npy", latents)
        archive.add_checksums()
    return file


def write_path_gif(study: "Study", path: DecodedPath, file: Path) -> Path:
    """Write the steps as an endless animation with `path_facts` in its comment.

    Raises:
        CaeError: the file's name does not contain "synthetic".
    """
    return write_gif(path.images, file, GIF_SECONDS_PER_FRAME, path_facts(study, path))


def write_path_webp(study: "Study", path: DecodedPath, file: Path) -> Path:
    """Write the steps as an endless WebP animation with `path_facts` in its description.

    Raises:
        CaeError: the file's name does not contain "synthetic".
    """
    return write_webp(path.images, file, GIF_SECONDS_PER_FRAME, path_facts(study, path))


def path_overview(study: "Study", path: DecodedPath) -> np.ndarray:
    """Return all steps in one picture, uint8 RGB (H′, W′, 3).

    Those that fill a grid as a grid, those of a direction beside the original image, and those
    of a path between the originals that it joins.
    """
    captions = [_caption(path, number) for number in range(1, len(path) + 1)]
    if "columns" in path.facts:
        return picture_grid(path.images, captions, path.facts["columns"])
    letters = anchor_letters(path.anchors)
    ends = [
        (study.images[row], f"{ORIGINAL} {letter}")
        for row, letter in zip(path.anchors, letters, strict=True)
    ]
    first, *last = (ends[0], ends[-1]) if len(ends) > 1 else ends
    tiles = [first, *zip(path.images, captions, strict=True), *last]
    return film_strip(*zip(*tiles, strict=True))


def _write_pictures(
    study: "Study", path: DecodedPath, facts: dict[str, Any], folder: Path
) -> dict[str, Path]:
    """Write every marked picture into `folder`; return them by their names in the zip."""
    written = {}
    for number, image in enumerate(path.images, start=1):
        name = _frame_name(path, number)
        step = {**facts, "step": number}
        written[name] = write_png(image, folder / name, _caption(path, number), step)
    overview = "overview-synthetic.png"
    written[overview] = write_marked_png(path_overview(study, path), folder / overview, facts)
    animation = "path-synthetic.gif"
    written[animation] = write_path_gif(study, path, folder / animation)
    return written


def _caption(path: DecodedPath, number: int) -> str:
    return f"{SYNTHETIC} {number}/{len(path)}"


def _originals(path: DecodedPath) -> dict[str, int]:
    """Return the row of each anchor by its letter; an image that comes again is there once."""
    return dict(zip(anchor_letters(path.anchors), path.anchors, strict=True))


def _original_name(label: str) -> str:
    return f"originals/original-{label}.png"


def _frame_name(path: DecodedPath, number: int) -> str:
    return f"frames/synthetic-{number:02d}-of-{len(path):02d}.png"
