"""A cohort as a zip that others can check and use without this app."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cae.cohorts.store import Cohort
from cae.errors import CaeError
from cae.export.archive import HOW_TO_CHECK, HashedArchive, new_zip
from cae.export.contents import json_bytes, npy_pieces, png_bytes
from cae.export.csv import csv_pieces
from cae.export.filenames import safe_names
from cae.export.provenance import anonymous_provenance, identified_provenance
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_PROGRESS_EVERY = 50
_README = f"""\
CAE Explorer: an exported cohort
================================

A cohort is a group of images that somebody selected and saved.

manifest.csv       One line per image: its row in the study, what the study knows of it, its
                   cluster where it has one, the name of its file and that file's SHA-256.
                   Text that a spreadsheet would run as a formula has an apostrophe in front.
images/            The images as the study holds them, every pixel unchanged (PNG, 8 bit).
latents.npy        If present: one latent per line of manifest.csv, in the same order, float32
                   (numpy.load reads it). It is missing where the study is not encoded.
provenance.json    How the cohort came about: versions, hashes and parameters of every step,
                   seed, outlines and filters, counts, and which columns were left out.
checksums.sha256   The SHA-256 of every other file.

{HOW_TO_CHECK}
Columns that may tell who a patient is are left out unless they were asked for; the images
themselves and any free text are as they were imported. Look at them before you pass them on.

For research use only; not for diagnosis.
"""


def export_cohort(
    study: "Study",
    cohort: Cohort,
    file: Path,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write a cohort's images, table, latents and provenance as one zip.

    Images and latents are streamed, so memory does not grow with the cohort. Two exports of
    one cohort differ only in ``exported_utc`` of provenance.json and its checksum.

    Args:
        study: the study the cohort was saved in.
        cohort: what to export.
        file: the zip; replaced when it exists.
        identifying: whether columns that may tell who a patient is, and what quotes them,
            are exported too.
        progress: receives images written.

    Returns:
        `file`.

    Raises:
        CaeError: the cohort belongs to other images, or the file cannot be written.
    """
    _check(study, cohort)
    file = Path(file)
    provenance = (identified_provenance if identifying else anonymous_provenance)(study, cohort)
    table = _table(study, cohort.rows, provenance["columns_left_out"])
    with new_zip(file) as archive:
        archive.add("README.txt", _README.encode("utf-8"))
        table["image_sha256"] = _add_images(study, table, archive, progress)
        if study.is_done("encode"):
            archive.add_pieces("latents.npy", npy_pieces(study.latents, cohort.rows))
        archive.add_pieces("manifest.csv", csv_pieces(table))
        archive.add("provenance.json", json_bytes(provenance))
        archive.add_checksums()
    return file


def _check(study: "Study", cohort: Cohort) -> None:
    digest = study.digest("import")
    if cohort.images_digest not in ("", digest):
        raise CaeError(
            f"The cohort {cohort.name!r} was saved on other images than {study.path} holds; "
            "open the study it was saved in."
        )
    if len(cohort.rows) == 0 or cohort.rows[0] < 0 or cohort.rows[-1] >= len(study):
        raise CaeError(
            f"The cohort {cohort.name!r} names images that {study.path} does not hold; "
            "open the study it was saved in."
        )


def _table(study: "Study", rows: np.ndarray, left_out: list[str]) -> pd.DataFrame:
    """Return the manifest but for the images' hashes; the source's columns keep their order."""
    ours = {"row": rows}
    if study.is_done("cluster"):
        ours |= {column: values[rows] for column, values in _columns(study.clusters)}
    ours["image"] = [f"images/{name}.png" for name in _image_names(study, rows, left_out)]
    known = study.samples.iloc[rows].drop(columns=left_out).reset_index(drop=True)
    clashing = {*ours, "image_sha256"}
    known = known.rename(columns=lambda name: f"source_{name}" if name in clashing else name)
    table = known.assign(**ours)
    return table[["row", *known.columns, *list(ours)[1:]]]


def _columns(table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    return ((str(name), column.to_numpy()) for name, column in table.items())


def _image_names(study: "Study", rows: np.ndarray, left_out: list[str]) -> Iterator[str]:
    if "id" in left_out:
        return (f"row-{row:07d}" for row in rows)
    return safe_names(study.samples["id"].iloc[rows])


def _add_images(
    study: "Study", table: pd.DataFrame, archive: HashedArchive, progress: Progress
) -> list[str]:
    hashes = []
    for done, (row, name) in enumerate(zip(table["row"], table["image"], strict=True)):
        if done % _PROGRESS_EVERY == 0:
            progress(done, len(table), "writing images")
        hashes.append(archive.add(name, png_bytes(study.images[row])))
    progress(len(table), len(table), "images written")
    return hashes
