"""A cohort as an archive that others can check and use without this app."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.cohort import Cohort
from cae.cohorts.selection import LEFT_OUT
from cae.columns.titles import LABEL
from cae.decoding.replay import attrition_on
from cae.errors import CaeError
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive
from cae.export.contents import json_bytes, npy_pieces, png_bytes
from cae.export.csv import csv_pieces
from cae.export.flow import told_flow
from cae.export.provenance import PROVENANCE, provenance, readme, study_digests
from cae.export.redaction import Disclosure, disclosure
from cae.home import folder_name
from cae.progress import Progress, silent
from cae.study.label_corrections import BY, CORRECTED, with_corrections

if TYPE_CHECKING:
    from cae.study.study import Study

_PROGRESS_EVERY = 50
_MISSING, _IDENTIFYING = "(missing)", "identifying columns"
_README = f"""\
CAE Explorer: an exported cohort
================================

A cohort is a group of images that somebody selected and saved.

images.csv         One line per image: its row in the study, what the study knows of it, its
                   cluster where it has one, its label as corrected, by whom and when, where
                   labels were corrected, the name of its file and that file's SHA-256.
                   Text that a spreadsheet would run as a formula has an apostrophe in front.
images/            The images as the study holds them, every pixel unchanged (PNG, 8 bit).
latents.npy        If present: one latent per line of images.csv, in the same order, float32
                   (numpy.load reads it). It is missing where the study is not encoded.
flow.csv           How many images, and patients where they are known, each step of the selection
                   left, from all images of the study to these; a flow diagram can be drawn from it.
provenance.json    How the cohort came about: versions, hashes and parameters of every step,
                   seed, outlines and filters, counts, and which columns were left out.
checksums.sha256   The SHA-256 of every other file.

{HOW_TO_CHECK}
Columns that may tell who a patient is, and any text that quotes them, are left out unless they
were asked for; the images themselves are as they were imported. Look at them before you pass
them on.

For research use only; not for diagnosis.
"""


def file_stem(study: "Study", cohort: Cohort, *, identifying: bool = False) -> str:
    """Return a file name without ending, made from the cohort's name where that may be told."""
    name = disclosure(study, identifying).text(cohort.name)
    plain = folder_name(name).replace(" ", "-") if name != LEFT_OUT else ""
    return plain or f"cohort-{cohort.id}"


def export_cohort(
    study: "Study",
    cohort: Cohort,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
    who: str | None = None,
) -> Path:
    """Write a cohort's images, table, latents and provenance.

    Images and latents are streamed, so memory does not grow with their number. Two exports of
    one cohort differ only in ``exported_utc`` of provenance.json and its checksum.

    Args:
        study: the study the cohort was saved in.
        cohort: what to export.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        identifying: whether what may tell who a patient is is exported too.
        progress: receives images written.
        who: exports it, as the study's log is to say; None is who is logged in.

    Returns:
        `out`.

    Raises:
        CaeError: the cohort belongs to other images, the folder holds something, or the place
            is full or cannot be written to.
    """
    _check(study, cohort)
    file = write_archive(out, _entries(study, cohort, disclosure(study, identifying), progress))
    cohorts = study.cohorts if who is None else study.cohorts.by(who)
    cohorts.note_export(cohort, _IDENTIFYING if identifying and study.identifying else "")
    return file


def _entries(study: "Study", cohort: Cohort, told: Disclosure, progress: Progress) -> Entries:
    known = told.table(cohort.rows)
    table = _table(study, cohort.rows, known, told)
    flow = told_flow(attrition_on(study, cohort.history), told)
    facts = {**_facts(study, cohort, known, told), "flow": flow.to_dict()}
    origin = provenance(
        study, told, "cohort", facts, columns=list(known.columns), real=len(cohort.rows)
    )
    yield Entry("README.txt", readme(_README, origin))
    hashes = []
    for done, (row, name) in enumerate(zip(table["row"], table["image"], strict=True)):
        if done % _PROGRESS_EVERY == 0:
            progress(done, len(table), "images")
        image = Entry(name, png_bytes(study.images[row]))
        yield image
        hashes.append(image.sha256)
    progress(len(table), len(table), "images")
    if study.is_done("encode"):
        yield Entry("latents.npy", npy_pieces(study.latents, cohort.rows))
    yield Entry("images.csv", csv_pieces(table.assign(image_sha256=hashes)))
    yield Entry("flow.csv", csv_pieces(flow.table()))
    yield Entry(PROVENANCE, json_bytes(origin))


def _check(study: "Study", cohort: Cohort) -> None:
    if cohort.images_digest and not study.is_continued("import", cohort.images_digest):
        raise CaeError(
            f"The cohort {cohort.name!r} was saved on other images than {study.path} holds; "
            "open the study it was saved in."
        )
    if len(cohort.rows) == 0 or cohort.rows[0] < 0 or cohort.rows[-1] >= len(study):
        raise CaeError(
            f"The cohort {cohort.name!r} names images that {study.path} does not hold; "
            "open the study it was saved in."
        )


def _table(study: "Study", rows: np.ndarray, known: pd.DataFrame, told: Disclosure) -> pd.DataFrame:
    """Return images.csv but for the images' hashes; the source's columns keep their order."""
    ours: dict[str, Any] = {"row": rows}
    if study.is_done("cluster"):
        ours |= {column: values[rows] for column, values in _columns(study.clusters)}
    ours["image"] = [f"images/{name}.png" for name in told.file_names(rows)]
    clashing = {*ours, "image_sha256"}
    known = known.rename(columns=lambda name: f"source_{name}" if name in clashing else name)
    corrected = _corrections(study, rows, told)
    ours |= {str(name): corrected[name] for name in corrected if name not in known}
    table = known.assign(**ours)
    return table[["row", *known.columns, *list(ours)[1:]]]


def _corrections(study: "Study", rows: np.ndarray, told: Disclosure) -> pd.DataFrame:
    """Return the labels as people corrected them, by whom and when; no column where none did."""
    found = with_corrections(study.samples, study.path)
    names = [name for name in found if name not in study.samples]
    if LABEL in told.left_out and CORRECTED in names:
        names.remove(CORRECTED)
    added = found[names].iloc[rows].reset_index(drop=True)
    if CORRECTED in added:
        added[CORRECTED] = added[CORRECTED].map(told.text, na_action="ignore")
    if BY in added:
        added[BY] = added[BY].map(told.person, na_action="ignore")
    return added


def _columns(table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    return ((str(name), column.to_numpy()) for name, column in table.items())


def _facts(study: "Study", cohort: Cohort, known: pd.DataFrame, told: Disclosure) -> dict[str, Any]:
    """Return how the cohort came about and what it holds, as JSON-able values."""
    now = study_digests(study)
    counts: dict[str, Any] = {"images": len(known)}
    counts |= {f"by_{name}": _tally(known[name]) for name in ("split", "label") if name in known}
    if study.is_done("cluster"):
        counts["by_cluster"] = _tally(study.clusters["cluster"].iloc[cohort.rows])
    return {
        "name": told.text(cohort.name),
        "note": told.text(cohort.note),
        "created_utc": cohort.created,
        "saved_with_version": cohort.provenance.get("app_version", ""),
        "history": told.details(list(cohort.history)),
        "filters": told.details(cohort.provenance.get("filters", [])),
        "changed_since_saved": [
            name for name, digest in now.items() if cohort.provenance.get(name, digest) != digest
        ],
        "counts": counts,
    }


def _tally(values: pd.Series) -> dict[str, int]:
    counted = values.value_counts(dropna=True).sort_index()
    tally = {str(value): int(count) for value, count in counted.items()}
    if missing := int(values.isna().sum()):
        tally[_MISSING] = missing
    return tally
