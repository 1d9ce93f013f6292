"""A cohort as an archive that others can check and use without this app."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.cohort import Cohort
from cae.cohorts.material import material_of
from cae.cohorts.selection import LEFT_OUT
from cae.cohorts.stability import Stability
from cae.columns.corrected_label import BY, CORRECTED
from cae.columns.titles import LABEL, default_name
from cae.decoding.replay import attrition_on
from cae.errors import CaeError
from cae.export.archive import HOW_TO_CHECK, Entries, Entry, write_archive
from cae.export.contents import json_bytes, npy_pieces, png_bytes
from cae.export.csv import csv_pieces
from cae.export.flow import told_flow
from cae.export.flow_file import svg_bytes
from cae.export.flow_page import flow_page
from cae.export.folds import (
    Kinship,
    check_count,
    crossing,
    fold_facts,
    kept_together,
    kinship,
    stratified_folds,
    texts_of,
)
from cae.export.formats import format_named
from cae.export.parquet import arrow_table, parquet_pieces
from cae.export.provenance import PROVENANCE, provenance, readme, study_digests
from cae.export.redaction import Disclosure, disclosure
from cae.export.release import Release
from cae.home import folder_name
from cae.progress import Progress, silent
from cae.study.cluster_names import cluster_names
from cae.study.label_corrections import with_corrections
from cae.study.stability import is_of_images, measured_stability

if TYPE_CHECKING:
    from cae.study.study import Study

_PROGRESS_EVERY = 50
_MISSING, _IDENTIFYING = "(missing)", "identifying columns"
_README = f"""\
CAE Explorer: an exported cohort
================================

A cohort is a group of images that somebody selected and saved.

images.csv         One line per image: its row in the study, what the study knows of it, its
                   cluster and that one's name, its place on the map (map_x, map_y), which share
                   of it each region covers, its fold, its label as corrected, by whom and when,
                   as far as there are such, the name of its file and that file's SHA-256.
                   Text that a spreadsheet would run as a formula has an apostrophe in front.
images.parquet     The same with the kinds of its columns and without apostrophes.
images/            The images as the study holds them, every pixel unchanged (PNG, 8 bit).
latents.npy        If present: one latent per line of images.csv, in the same order, float32
                   (numpy.load reads it). It is missing where the study is not encoded.
flow.csv           How many images, and patients where they are known, each step of the selection
                   left, from all images of the study to these.
flow.svg           The same as a flow diagram, as CONSORT and STROBE ask for.
flow.pdf           The same for print; letters beyond Latin-1 are question marks there.
provenance.json    How the cohort came about: versions, hashes and parameters of every step,
                   seed, outlines and filters, counts, folds, and which columns were left out.
{{tools}}checksums.sha256   The SHA-256 of every other file.

{HOW_TO_CHECK}
Columns that may tell who a patient is, and any text that quotes them, are left out unless they
were asked for; the images themselves are as they were imported. Look at them before you pass
them on.
{{stability}}
For research use only; not for diagnosis.
"""


@dataclass(frozen=True, eq=False)
class CohortExport:
    """What is to leave of a cohort.

    Attributes:
        cohort: of the study.
        formats: keys of `cae.export.formats.FORMATS`; files for these tools are added.
        folds: into how many the images are divided, 2–50, with like shares of the labels, so that
            no patient and no group of near-duplicates is in two; 0 for none.
        near_duplicates_may_cross: whether images that look alike may lie in several folds or
            splits, which the provenance then tells; patients never do.
        who: exports it, as the log of cohorts is to say; empty for who is logged in.
    """

    cohort: Cohort
    formats: tuple[str, ...] = ()
    folds: int = 0
    near_duplicates_may_cross: bool = False
    who: str = ""

    def __post_init__(self) -> None:
        """Raise `CaeError` where there is no such format or so many folds are not offered."""
        for name in self.formats:
            format_named(name)
        if self.folds:
            check_count(self.folds)

    @property
    def divides(self) -> bool:
        """Whether it says which images to train and which to test with."""
        return self.folds > 0 or any(format_named(name).divides for name in self.formats)


def file_stem(study: "Study", what: CohortExport, *, identifying: bool = False) -> str:
    """Return a file name without ending, made from the cohort's name where that may be told."""
    cohort = what.cohort
    name = disclosure(study, identifying).text(cohort.name)
    plain = folder_name(name).replace(" ", "-") if name != LEFT_OUT else ""
    return plain or f"cohort-{cohort.id}"


def export_cohort(
    study: "Study",
    what: CohortExport,
    out: Path,
    *,
    identifying: bool = False,
    progress: Progress = silent,
) -> Path:
    """Write a cohort's images, table, latents and provenance, and what other tools need of them.

    Images and latents are streamed, so memory does not grow with their number. Two exports of
    one cohort are the same, byte for byte.

    Args:
        study: the study the cohort was saved in.
        what: to export.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        identifying: whether what may tell who a patient is is exported too.
        progress: receives images written.

    Returns:
        `out`.

    Raises:
        CaeError: the cohort belongs to other images, a format needs latents that the study has
            not, the images cannot be divided as asked for, the folder holds something, or the
            place is full or cannot be written to.

    Example:
        ``export_cohort(study, CohortExport(cohort, formats=("monai",), folds=5), "cohort.zip")``
    """
    _check(study, what)
    file = write_archive(out, _entries(study, what, disclosure(study, identifying), progress))
    cohorts = study.cohorts.by(what.who) if what.who else study.cohorts
    cohorts.note_export(what.cohort, _IDENTIFYING if identifying and study.identifying else "")
    return file


def _entries(study: "Study", what: CohortExport, told: Disclosure, progress: Progress) -> Entries:
    cohort, formats = what.cohort, [format_named(name) for name in dict.fromkeys(what.formats)]
    known = told.table(cohort.rows)
    corrected = _corrections(study, cohort.rows, told)
    labels = _labels(known, corrected)
    folds, parts = _parts(study, what, texts_of(labels), progress)
    table = _table(study, cohort.rows, known, corrected, folds, told)
    flow = told_flow(attrition_on(study, cohort.history), told)
    facts = {**_facts(study, cohort, known, told), **parts, "flow": flow.to_dict()}
    facts["formats"] = list(dict.fromkeys(what.formats))
    stability = _stability(study, cohort)
    facts["stability"] = None if stability is None else _stability_facts(stability)
    origin = provenance(
        study, told, "cohort", facts, columns=list(known.columns), real=len(cohort.rows)
    )
    tools = "".join(one.readme for one in formats)
    yield Entry(
        "README.txt",
        readme(_README.format(tools=tools, stability=_stability_words(stability)), origin),
    )
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
    table = table.assign(image_sha256=hashes)
    yield Entry("images.csv", csv_pieces(table))
    yield Entry("images.parquet", parquet_pieces([arrow_table(table)]))
    without = np.empty((len(study), 0), np.float32)
    release = Release(
        name=told.text(cohort.name),
        table=table,
        labels=labels,
        folds=folds,
        splits=study.samples["split"].iloc[cohort.rows].to_numpy(),
        rows=cohort.rows,
        images=study.images,
        latents=study.latents if study.is_done("encode") else without,
    )
    for one in formats:
        yield from one.entries(release)
    yield Entry("flow.csv", csv_pieces(flow.table()))
    named = [(told.text(cohort.name), flow)]
    yield Entry("flow.svg", svg_bytes(named))
    yield Entry("flow.pdf", flow_page(named))
    yield Entry(PROVENANCE, json_bytes(origin))


def _stability(study: "Study", cohort: Cohort) -> Stability | None:
    """Return how stable the cohort is, None where what images show had no part in forming it."""
    is_told = is_of_images(material_of(study), cohort)
    return measured_stability(study, cohort.rows) if is_told else None


def _stability_facts(found: Stability) -> dict[str, Any]:
    return {**asdict(found), "is_stable": found.is_stable, "sentence": found.sentence}


def _stability_words(found: Stability | None) -> str:
    if found is None:
        return ""
    words = f"Stability of this cohort, which was formed by what images show: {found.sentence}"
    return f"\n{textwrap.fill(words, 96)}\n"


def _check(study: "Study", what: CohortExport) -> None:
    cohort = what.cohort
    if cohort.images_digest and not study.is_continued("import", cohort.images_digest):
        raise CaeError(
            f"The cohort {cohort.name!r} was saved on other images than {study.path} holds; "
            "open the study it was saved in."
        )
    for one in map(format_named, what.formats):
        if one.needs_latents and not study.is_done("encode"):
            raise CaeError(
                f"{one.title} needs latents, but {study.path} has none; leave this format away, or "
                "encode the images first."
            )
    if len(cohort.rows) == 0 or cohort.rows[0] < 0 or cohort.rows[-1] >= len(study):
        raise CaeError(
            f"The cohort {cohort.name!r} names images that {study.path} does not hold; "
            "open the study it was saved in."
        )


def _parts(
    study: "Study", what: CohortExport, labels: np.ndarray, progress: Progress
) -> tuple[np.ndarray | None, dict[str, Any]]:
    """Return the folds, None where there are none, and what is told of the parts of the images.

    Raises:
        CaeError: the images cannot be divided so, or the study's splits share what they must not.
    """
    if not what.divides:
        return None, {}
    found = kinship(study, what.cohort.rows, progress)
    if what.folds:
        together = [found.patients]
        if found.duplicates is not None and not what.near_duplicates_may_cross:
            together.append(found.duplicates)
        folds = stratified_folds(labels, kept_together(*together), what.folds)
        return folds, {"folds": {**fold_facts(folds, labels), **_crossing(found, folds, what)}}
    splits = study.samples["split"].iloc[what.cohort.rows].to_numpy()
    _check_splits(found, splits, what)
    return None, {"splits": _crossing(found, splits, what)}


def _crossing(found: Kinship, parts: np.ndarray, what: CohortExport) -> dict[str, Any]:
    return {
        **found.facts,
        "near_duplicates_may_cross": what.near_duplicates_may_cross,
        "near_duplicates_in_several_parts": found.crossing(parts),
    }


def _check_splits(found: Kinship, splits: np.ndarray, what: CohortExport) -> None:
    if count := crossing(found.patients, splits):
        raise CaeError(
            f"{count} images are of patients that are in several splits; ask for folds, which "
            "keep the images of a patient together."
        )
    count = found.crossing(splits)
    if count and not what.near_duplicates_may_cross:
        raise CaeError(
            f"{count} images have a near-duplicate in another split, so a test would be too easy; "
            "ask for folds, which keep them together, or let near-duplicates cross, which is noted."
        )


def _table(
    study: "Study",
    rows: np.ndarray,
    known: pd.DataFrame,
    corrected: pd.DataFrame,
    folds: np.ndarray | None,
    told: Disclosure,
) -> pd.DataFrame:
    """Return images.csv but for the images' hashes; the source's columns keep their order."""
    ours: dict[str, Any] = {"row": rows}
    if study.is_done("cluster"):
        ours |= {column: values[rows] for column, values in _columns(study.clusters)}
        ours["cluster_name"] = _cluster_names(study, ours["cluster"], told)
    if study.is_done("project"):
        places = study.projection[rows]
        ours |= {"map_x": places[:, 0], "map_y": places[:, 1]}
    if study.is_done("areas"):
        ours |= {column: values[rows] for column, values in _columns(study.areas)}
    if folds is not None:
        ours["fold"] = folds
    ours["image"] = [f"images/{name}.png" for name in told.file_names(rows)]
    clashing = {*ours, "image_sha256"}
    known = known.rename(columns=lambda name: f"source_{name}" if name in clashing else name)
    ours |= {str(name): corrected[name] for name in corrected if name not in known}
    table = known.assign(**ours)
    return table[["row", *known.columns, *list(ours)[1:]]]


def _cluster_names(study: "Study", clusters: np.ndarray, told: Disclosure) -> list[str]:
    """Return what people call the cluster of each image."""
    given = {number: told.text(name) for number, name in cluster_names(study).items()}
    return [given.get(number, default_name(number)) for number in clusters.tolist()]


def _labels(known: pd.DataFrame, corrected: pd.DataFrame) -> pd.Series:
    """Return the label of each image as it was corrected, missing where it must not be told."""
    for table, name in ((corrected, CORRECTED), (known, LABEL)):
        if name in table:
            return table[name].astype(object).reset_index(drop=True)
    return pd.Series([None] * len(known), dtype=object)


def _corrections(study: "Study", rows: np.ndarray, told: Disclosure) -> pd.DataFrame:
    """Return the labels as people corrected them, by whom and when; no column where none did."""
    found = with_corrections(study.samples, study.path)
    names = [name for name in found if name not in study.samples and name not in told.left_out]
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
