"""Outlines of structures, learnt from a few masks, as pictures and numbers to be checked."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.cohorts.selection import LEFT_OUT
from cae.decoding.outline import LearntOutlines
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive
from cae.export.contents import json_bytes, png_bytes
from cae.export.csv import csv_pieces
from cae.export.filenames import safe_names
from cae.export.provenance import PROVENANCE, provenance, readme
from cae.export.redaction import Disclosure, disclosure
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_IMAGES_AT_ONCE = 64
_README = f"""\
CAE Explorer: learnt outlines
=============================

What a network takes for the structures whose masks a person drew in a few of these images. It has
seen no other mask: look at the outlines before you measure anything by them. provenance.json says
how well they agree with masks that it did not learn from (Dice, with 95 % interval), where there
are such.

outlines.csv       One line per image: its row in the study, its id, whether the network learnt
                   from its mask, and which share of the image (0-1) each structure covers.
outlines/          A folder per structure, a picture per image: 255 inside, 0 outside.
provenance.json    Versions, hashes and parameters of every step that led here.
checksums.sha256   The SHA-256 of every other file.

{HOW_TO_CHECK}
For research use only; not for diagnosis.
"""


def export_outlines(
    study: "Study",
    learnt: LearntOutlines,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write the outlines of all images, their areas and their provenance.

    Args:
        study: that `learnt` learnt from.
        learnt: what outlines its structures.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        identifying: whether ids are exported that may tell who a patient is.
        progress: receives images written.

    Returns:
        `out`.

    Raises:
        CaeError: the folder holds something, or the place is full or cannot be written to.
    """
    return write_archive(out, _entries(study, learnt, disclosure(study, identifying), progress))


def _entries(
    study: "Study", learnt: LearntOutlines, told: Disclosure, progress: Progress
) -> Entries:
    rows = np.arange(len(study))
    names = _told_names(learnt, told)
    facts = {
        "images": len(rows),
        "learnt_from": len(learnt.labelled),
        "measured_on": len(learnt.held_out),
        "begins_from": learnt.begins_from,
        "training": asdict(learnt.settings),
        "agreement": {
            name: dict(zip(("dice", "low", "high"), map(_figure, agreement[:3]), strict=True))
            for name, agreement in zip(names, learnt.agreement, strict=True)
        },
    }
    origin = provenance(study, told, "outlines", facts, columns=["id"])
    yield Entry("README.txt", readme(_README, origin))
    folders, files = list(safe_names(names)), told.file_names(rows)
    shares = np.empty((len(rows), len(folders)))
    for start in range(0, len(rows), _IMAGES_AT_ONCE):
        chunk = slice(start, start + _IMAGES_AT_ONCE)
        masks = learnt.segmenter.masks(np.asarray(study.images[rows[chunk]]))
        shares[chunk] = masks.mean(axis=(1, 2))
        for file, found in zip(files[chunk], masks, strict=True):
            for number, folder in enumerate(folders):
                picture = found[..., number : number + 1].astype(np.uint8) * np.uint8(255)
                yield Entry(f"outlines/{folder}/{file}.png", png_bytes(picture))
        progress(min(chunk.stop, len(rows)), len(rows), "outlines")
    table = pd.DataFrame(
        {
            "row": rows,
            "image": told.image_names(rows),
            "learnt_from": np.isin(rows, learnt.labelled),
            **{f"{name} area": shares[:, number] for number, name in enumerate(names)},
        }
    )
    yield Entry("outlines.csv", csv_pieces(table))
    yield Entry(PROVENANCE, json_bytes(origin))


def _told_names(learnt: LearntOutlines, told: Disclosure) -> list[str]:
    """Return the names of structures, numbers in place of those that may tell who a patient is."""
    names = [told.text(name) for name in learnt.names]
    return [
        f"structure {number}" if name == LEFT_OUT else name
        for number, name in enumerate(names, start=1)
    ]


def _figure(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(value, 4)
