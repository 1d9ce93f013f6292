"""Tables beside DICOM: they name patients openly, of whom only pseudonyms are to be kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.number_text import counted
from cae.sources.choices import NONE, Choices
from cae.sources.column_types import infer_type
from cae.sources.description import Description, describe_by_rows
from cae.sources.dicom.facts import OLDEST, patient_pseudonym
from cae.sources.dicom.identities import NAMED, Identities, Keys
from cae.sources.dicom.preamble import has_preamble
from cae.sources.durations import names_age, per_year
from cae.sources.identifying import is_identifying, is_identifying_by_form
from cae.sources.image_columns import require_column
from cae.sources.image_rows import ImageRows, read_identified_rows
from cae.sources.label_column import find_label_column
from cae.sources.matching import FileIndex
from cae.sources.patients import find_patient_column
from cae.sources.pseudonyms import Pseudonyms
from cae.sources.split_words import find_split_column
from cae.sources.table import text_column
from cae.sources.table_file import TABLE_SUFFIXES
from cae.sources.walk import Walk

_TITLES = {
    "instance": "instance UID",
    "series": "series UID",
    "study": "study UID",
    "accession": "accession number",
    "patient": "patient",
}
# Shorter parts of a cell may equal a patient's number by chance.
_LEAST_TELLING = 4


@dataclass(frozen=True)
class Named:
    """Images as a table may name them, row i of every part being image i.

    Attributes:
        files: paths within the folder.
        identities: keys of what identifies each.
        patients: pseudonyms, of the study where a file names no patient; (N,).
    """

    files: Sequence[str]
    identities: Sequence[Identities]
    patients: pd.Series


def undescribed(patients: pd.Series) -> Description:
    """Return what is known of images without a table: whose they are."""
    unknown = text_column([None] * len(patients))
    return Description(
        pd.DataFrame({"split": unknown, "label": unknown, "patient": patients}), (), []
    )


def find_tables(path: Path, found: Walk) -> list[Path]:
    """Return the tables in a folder, else those beside it that have its name.

    Args:
        path: the folder, zip file or file that was brought.
        found: what it holds.
    """
    inside = [found.folder / file for file in found.files if _is_table(found.folder / file)]
    name = path.name if path.is_dir() else path.stem
    beside = (path.parent / f"{name}{suffix}" for suffix in sorted(TABLE_SUFFIXES))
    return inside or [table for table in beside if table.is_file()]


def describe_images(named: Named, tables: Sequence[Path], choices: Choices) -> Description:
    """Return what tables say of images, without what may tell who a patient is.

    A row belongs to the images whose instance, series, study, accession number, patient or file
    it names, whichever most images have; of equals, the first. Whatever may identify is left out
    and said: names, numbers, dates and free texts, by the column's name, by its values, or since
    it quotes what a file says of its patient. Where files name no patient, those of the tables
    have pseudonyms. No note and no problem quotes a cell of a column that is left out.

    Args:
        named: the images.
        tables: at least one.
        choices: what a person says about the tables.

    Raises:
        CaeError: no table names any image, or a column that was chosen is not there.
    """
    keys, pseudonyms = Keys(Pseudonyms.of_this_user()), Pseudonyms.of_this_user()
    parts: list[ImageRows] = []
    unused: list[tuple[str, str]] = []
    index = FileIndex(named.files)
    identify = partial(_identified, named=named, choices=choices, keys=keys)
    for path in tables:
        try:
            parts.append(read_identified_rows(index, path, choices, identify))
        except CaeError as error:
            unused.append((path.name, f"it was not used as a table: {error}"))
    if not parts:
        raise CaeError(
            f"{unused[0][0]} cannot be joined to the images: {unused[0][1]} Give it a column with "
            "patients, study, series or instance UIDs, accession numbers or file names."
        )
    patients = _patients(named, parts, choices, pseudonyms)
    for part in parts:
        part.cells = _without_identifying(part, named, patients, choices, keys)
    # Names of files and folders, which may quote a patient, are none of a table's business.
    numbered = [f"image {number}" for number in range(1, len(named.files) + 1)]
    found = describe_by_rows(numbered, parts, replace(choices, patient=NONE))
    for name in filter(names_age, found.table.columns):
        ages = found.table[name]
        if not pd.api.types.is_numeric_dtype(ages):
            continue
        oldest = OLDEST * per_year(name)
        if (count := int((ages > oldest).sum())) > 0:
            found.table[name] = ages.clip(upper=oldest)
            found.notes.append(
                f"Ages above {OLDEST:.0f} years in {name!r} are {oldest:g} "
                f"({counted(count, 'image')})."
            )
    return replace(
        found,
        table=found.table.assign(patient=patients),
        problems=unused + found.problems,
        groups=None,
    )


def _is_table(path: Path) -> bool:
    return path.suffix.casefold() in TABLE_SUFFIXES and not has_preamble(path)


def _identified(
    cells: pd.DataFrame, named: Named, choices: Choices, keys: Keys
) -> list[tuple[str, np.ndarray, str]]:
    """Return the column that names most images by each of `NAMED`, as `read_identified_rows` asks.

    A value means what has the same text, else what has the same plain form, unless that is of
    several.
    """
    columns = (
        cells.columns.tolist() if choices.image is None else [require_column(cells, choices.image)]
    )
    found = []
    for what in NAMED:
        wanted = [one["named"].get(what) for one in named.identities]
        best: tuple[str, np.ndarray] | None = None
        for column in columns:
            values = _values(cells[column].dropna().unique().tolist(), wanted, keys)
            if best is None or pd.notna(values).sum() > pd.notna(best[1]).sum():
                best = column, values
        if best is not None and pd.notna(best[1]).any():
            found.append((*best, f"{best[0]!r} names the images by their {_TITLES[what]}"))
    return found


def _values(
    values: Sequence[str], wanted: Sequence[tuple[str, str] | None], keys: Keys
) -> np.ndarray:
    """Return for each image the value that has one of its two keys, None where there is none."""
    exact = {keys.exact(value): value for value in values}
    plain: dict[str, set[str]] = defaultdict(set)
    for value in values:
        plain[keys.plain(value)].add(value)
    images: dict[str, set[str]] = defaultdict(set)
    for one in filter(None, wanted):
        images[one[1]].add(one[0])
    found = np.full(len(wanted), None, dtype=object)
    for position, pair in enumerate(wanted):
        if pair is None:
            continue
        alike = plain.get(pair[1], set())
        is_clear = len(alike) == len(images[pair[1]]) == 1
        found[position] = exact.get(pair[0]) or (next(iter(alike)) if is_clear else None)
    return found


def _patients(
    named: Named, parts: Sequence[ImageRows], choices: Choices, pseudonyms: Pseudonyms
) -> pd.Series:
    """Return the patients of files, and pseudonyms of those whom only the tables name.

    A column that was chosen comes before the files.
    """
    unknown = text_column([None] * len(named.files))
    if choices.patient == NONE:
        return unknown
    stated = unknown
    for part in parts:
        column = _chosen(part.cells, choices.patient) or find_patient_column(part.cells)
        if column is not None:
            stand_ins = part.cells[column].map(
                partial(patient_pseudonym, pseudonyms), na_action="ignore"
            )
            stated = stated.fillna(stand_ins.astype("str"))
    if choices.patient is None:
        is_named = pd.Series([one["names_patient"] for one in named.identities], dtype=bool)
        return named.patients.where(is_named).fillna(stated).fillna(named.patients)
    if not any(_chosen(part.cells, choices.patient) for part in parts):
        require_column(parts[0].cells, choices.patient)
    return stated.fillna(named.patients)


def _chosen(cells: pd.DataFrame, choice: str | None) -> str | None:
    """Return the column of this name, in any case, if there is one."""
    wanted = (choice or "").casefold()
    return next((name for name in cells.columns if wanted and name.casefold() == wanted), None)


def _without_identifying(
    part: ImageRows, named: Named, patients: pd.Series, choices: Choices, keys: Keys
) -> pd.DataFrame:
    """Return a table's cells without the columns that may tell who a patient is, and note these.

    Raises:
        CaeError: one of them was chosen.
    """
    cells = part.cells
    # Names of classes and splits are names, too.
    chosen = {_chosen(cells, choices.label), _chosen(cells, choices.split)}
    meant = {find_split_column(cells), find_label_column(cells), *chosen}
    left_out = [
        name
        for name in cells.columns
        if (is_identifying(name) and name not in meant)
        or is_identifying_by_form(cells[name], patients)
        or infer_type(cells[name], part.decimal_comma).dtype.kind == "M"
        or _quotes_identity(cells[name], named, keys)
    ]
    if unfit := chosen.intersection(left_out):
        raise CaeError(
            f"The column {unfit.pop()!r} of {part.name} may tell who a patient is, so it is not "
            "kept; choose another one."
        )
    if left_out:
        part.notes.append(
            f"{part.name}: not kept, as they may tell who a patient is: "
            f"{', '.join(map(repr, left_out))}."
        )
    return cells.drop(columns=left_out)


def _quotes_identity(texts: pd.Series, named: Named, keys: Keys) -> bool:
    """Whether cells hold what identifies their own image: one surely, or most perhaps by chance."""
    parts = {cell: list(keys.within(cell)) for cell in texts.dropna().unique()}
    perhaps = 0
    for cell, identity in zip(texts, named.identities, strict=True):
        told = [letters for key, letters in parts.get(cell, ()) if key in identity["told"]]
        if any(letters >= _LEAST_TELLING for letters in told):
            return True
        perhaps += bool(told)
    return 2 * perhaps > texts.notna().sum()
