"""A cohort as an archive that others can check and use without this app."""

import textwrap
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.cohort import Cohort
from cae.cohorts.material import material_of
from cae.cohorts.selection import LEFT_OUT
from cae.cohorts.stability import Stability
from cae.columns.category import NO_VALUE, category_text
from cae.columns.corrected_label import BY, CORRECTED, RECORDS
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
from cae.export.originals import original_entries
from cae.export.parquet import arrow_table, parquet_pieces, row_groups
from cae.export.provenance import PROVENANCE, provenance, readme, study_digests
from cae.export.redaction import Disclosure, disclosure
from cae.export.release import Release
from cae.export.structures import structure_columns, structure_entries
from cae.home import folder_name, free_name
from cae.number_text import counted
from cae.progress import Progress, silent
from cae.study.cluster_names import cluster_names
from cae.study.label_corrections import with_corrections
from cae.study.stability import is_of_images, measured_stability

if TYPE_CHECKING:
    from cae.study.study import Study

RENDERED, ORIGINALS, BOTH = "rendered", "originals", "both"
# How images leave, and what that is called.
IMAGES = {RENDERED: "Rendered PNG", ORIGINALS: "Original files", BOTH: "Both"}
MAY_IDENTIFY = (
    "Original files may tell who a patient is: by their headers (DICOM, EXIF), by their names, and "
    "by what is written into their pixels."
)
_PROGRESS_EVERY = 50
_IDENTIFYING = "identifying columns"
_ORIGINAL_FILES = "original files"
_README = f"""\
CAE Explorer: an exported cohort
================================

A cohort is a group of images that somebody selected and saved.

images.csv         One line per image: its row in the study, what the study knows of it, its
                   cluster and that one's name, its place on the map (map_x, map_y), which share
                   of it each region covers, its fold, its label as corrected, by whom and when,
                   as far as there are such, and the names of its files with their SHA-256.
                   Text that a spreadsheet would run as a formula has an apostrophe in front.
images.parquet     The same with the kinds of its columns and without apostrophes.
{{images}}masks/             \
If present: the masks that came with the images, named as these are (PNG, 8 bit:
                   0 outside, 255 inside, between where an edge crosses a pixel; 128 and more
                   counts as inside). With several structures each has a folder. An image without
                   a file here came without a mask, or with an empty one.
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

_README_RENDERED = """\
images/            The images as the study holds them, every pixel unchanged (PNG, 8 bit).
"""
_README_ORIGINALS = """\
originals/         The files that the images came from, every byte unchanged, in their folders; a
                   file of several images (frames, slices) is there once. They may tell who a
                   patient is: by their headers, their names, and what is written into their pixels.
originals-left-out.csv
                   If present: the files that are gone, cannot be read or have changed since they
                   were imported, and so are not in the archive.
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
        images: how images leave, a key of `IMAGES`; original files only with what identifies.
        roots: folders below which original files may be read; None for all.
    """

    cohort: Cohort
    formats: tuple[str, ...] = ()
    folds: int = 0
    near_duplicates_may_cross: bool = False
    who: str = ""
    images: str = RENDERED
    roots: tuple[Path, ...] | None = None

    def __post_init__(self) -> None:
        """Raise `CaeError` where something is asked for that is not offered."""
        if self.images not in IMAGES:
            raise CaeError(f"Images leave as {', '.join(IMAGES)}, not as {self.images!r}.")
        if self.formats and not self.has_rendered:
            raise CaeError(
                "Other tools open the rendered PNGs; export these too, as both, or leave the "
                "tools away."
            )
        for name in self.formats:
            format_named(name)
        if self.folds:
            check_count(self.folds)

    @property
    def has_rendered(self) -> bool:
        """Whether the study's images leave, as PNG."""
        return self.images in (RENDERED, BOTH)

    @property
    def has_originals(self) -> bool:
        """Whether the files leave that the images came from."""
        return self.images in (ORIGINALS, BOTH)

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
    """Write a cohort's images, masks, table, latents and provenance, and what tools need of them.

    All are streamed, so memory does not grow with their number. Two exports of one cohort are the
    same, byte for byte.

    Args:
        study: the study the cohort was saved in.
        what: to export.
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        identifying: whether what may tell who a patient is is exported too.
        progress: receives images and files written.

    Returns:
        `out`.

    Raises:
        CaeError: the cohort belongs to other images, a format needs latents that the study has
            not, the images cannot be divided as asked for, original files are asked for but not
            what identifies, or there are none, the folder holds something, or the place is full
            or cannot be written to.

    Example:
        ``export_cohort(study, CohortExport(cohort, formats=("monai",), folds=5), "cohort.zip")``
    """
    _check(study, what)
    if what.has_originals and not identifying:
        raise CaeError(f"{MAY_IDENTIFY} Ask for what identifies, too, or export rendered PNGs.")
    file = write_archive(out, _entries(study, what, disclosure(study, identifying), progress))
    cohorts = study.cohorts.by(what.who) if what.who else study.cohorts
    told = [_IDENTIFYING] if identifying and study.identifying else []
    told += [_ORIGINAL_FILES] if what.has_originals else []
    cohorts.note_export(what.cohort, " and ".join(told))
    return file


def _entries(study: "Study", what: CohortExport, told: Disclosure, progress: Progress) -> Entries:
    cohort, formats = what.cohort, [format_named(name) for name in dict.fromkeys(what.formats)]
    known = told.table(cohort.rows)
    corrected = _corrections(study, cohort.rows, told)
    labels = _labels(known, corrected)
    folds, parts = _parts(study, what, texts_of(labels), progress)
    stems = told.file_names(cohort.rows)
    table = _table(study, what, known, corrected, folds, told, stems)
    flow = told_flow(attrition_on(study, cohort.history), told)
    facts = {**_facts(study, cohort, known, told), **parts, "flow": flow.to_dict()}
    facts["formats"] = list(dict.fromkeys(what.formats))
    stability = _stability(study, cohort)
    facts["stability"] = None if stability is None else _stability_facts(stability)
    origin = provenance(
        study, told, "cohort", facts, columns=list(known.columns), real=len(cohort.rows)
    )
    yield Entry("README.txt", readme(_readme(what, stability), origin))
    if what.has_rendered:
        hashes = yield from _rendered_entries(study, table, progress)
        table = table.assign(image_sha256=hashes)
    masks = yield from structure_entries(study, cohort.rows, stems, told)
    table = table.join(masks.table)
    if masks.columns:
        facts["masks"] = {"images": masks.count, "of": list(masks.columns.values())}
    if what.has_originals:
        originals = yield from original_entries(study, cohort.rows, what.roots, progress)
        table = table.join(originals.table)
        facts["originals"] = originals.facts
    if study.is_done("encode"):
        yield Entry("latents.npy", npy_pieces(study.latents, cohort.rows))
    yield Entry("images.csv", csv_pieces(table))
    yield Entry("images.parquet", parquet_pieces(row_groups(arrow_table(table))))
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
        masks=masks.columns,
    )
    for one in formats:
        yield from one.entries(release)
    yield Entry("flow.csv", csv_pieces(flow.table()))
    named = [(told.text(cohort.name), flow)]
    yield Entry("flow.svg", svg_bytes(named))
    yield Entry("flow.pdf", flow_page(named))
    yield Entry(PROVENANCE, json_bytes(origin))


def _readme(what: CohortExport, stability: Stability | None) -> str:
    images = _README_RENDERED if what.has_rendered else ""
    images += _README_ORIGINALS if what.has_originals else ""
    tools = "".join(format_named(name).readme for name in dict.fromkeys(what.formats))
    words = _stability_words(stability)
    return _README.format(images=images, tools=tools, stability=words)


def _rendered_entries(
    study: "Study", table: pd.DataFrame, progress: Progress
) -> Generator[Entry, None, list[str]]:
    """Yield the images of a table as PNG, and return the SHA-256 of each."""
    hashes = []
    for done, (row, name) in enumerate(zip(table["row"], table["image"], strict=True)):
        if done % _PROGRESS_EVERY == 0:
            progress(done, len(table), "images")
        image = Entry(name, png_bytes(study.images[row]))
        yield image
        hashes.append(image.sha256)
    progress(len(table), len(table), "images")
    return hashes


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
    if not study.cohorts.is_of_these_images(cohort):
        raise CaeError(
            f"The cohort {cohort.name!r} was saved on other images than {study.path.name} holds; "
            "open the study it was saved in."
        )
    for one in map(format_named, what.formats):
        if one.needs_latents and not study.is_done("encode"):
            raise CaeError(
                f"{one.title} needs latents, but {study.path.name} has none; leave this format "
                "away, or encode the images first."
            )
    if cohort.count == 0:
        raise CaeError(f"The cohort {cohort.name!r} holds no image, so there is nothing to export.")


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
        together = [found.groups]
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
            f"Some patients ({counted(count, 'image')}) are in several splits; ask for folds, "
            "which keep the images of a patient together."
        )
    count = found.crossing(splits)
    if count and not what.near_duplicates_may_cross:
        raise CaeError(
            f"Near-duplicates ({counted(count, 'image')}) are in several splits, so a test would "
            "be too easy; ask for folds, which keep them together, or let near-duplicates cross, "
            "which is noted."
        )


def _table(
    study: "Study",
    what: CohortExport,
    known: pd.DataFrame,
    corrected: pd.DataFrame,
    folds: np.ndarray | None,
    told: Disclosure,
    stems: list[str],
) -> pd.DataFrame:
    """Return images.csv but for hashes, masks and originals; the source's columns keep their order.

    What the source calls as one of ours gets another name.
    """
    rows = what.cohort.rows
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
    if what.has_rendered:
        ours["image"] = [f"images/{stem}.png" for stem in stems]
    masks = structure_columns(study, told)
    files = {"image", *masks, *(["original"] if what.has_originals else [])}
    ours |= {str(name): values for name, values in corrected.items()}
    clashing = {*ours, *files, *(f"{name}_sha256" for name in files)}
    known = known.rename(columns=_other_names(known, clashing))
    table = known.assign(**ours)
    return table[["row", *known.columns, *list(ours)[1:]]]


def _other_names(known: pd.DataFrame, clashing: set[str]) -> dict[str, str]:
    """Return other names for the source's columns that are called as one of ours."""
    names: dict[str, str] = {}
    for name in filter(clashing.__contains__, map(str, known)):
        taken = {*known, *clashing, *names.values()}
        names[name] = free_name(f"source_{name}", taken.__contains__)
    return names


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
    ours = [name for name in (CORRECTED, *sorted(RECORDS)) if name in found]
    names = [name for name in ours if name not in told.left_out]
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
    found = values.value_counts(dropna=True).sort_index()
    tally = {category_text(value): int(count) for value, count in found.items()}
    if missing := int(values.isna().sum()):
        # A label may be called so, too.
        tally[f"({NO_VALUE})" if NO_VALUE in tally else NO_VALUE] = missing
    return tally
