"""What tables or the names of folders and files say about images."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import Origin
from cae.number_text import counted
from cae.sources.choices import NONE, Choices
from cae.sources.column_types import infer_type, unread_values
from cae.sources.durations import duration_notes
from cae.sources.identifying import is_identifying, is_identifying_by_form
from cae.sources.image_columns import require_column
from cae.sources.image_rows import ImageRows, read_image_rows, read_patient_rows
from cae.sources.label_column import (
    find_label_column,
    find_one_hot,
    folder_labels,
    one_hot_labels,
    only_class_column,
)
from cae.sources.matching import FileIndex
from cae.sources.own_columns import kept_names
from cae.sources.patients import (
    find_group_column,
    find_patient_column,
    folder_patients,
    named_patients,
    plausible_groups,
    prefix_groups,
    prefix_patients,
)
from cae.sources.problems import Problem, summed_up
from cae.sources.split_words import (
    chosen_splits,
    find_flag_columns,
    find_fold_column,
    find_split_column,
    flag_splits,
    folder_splits,
    names_split,
    split_word,
)
from cae.sources.splitting import FOLDER_NAMES
from cae.sources.table import text_column
from cae.sources.text_table import NOTHING

LAST_FOLD = "the last fold being test"
_SHOWN = 3


@dataclass
class Description:
    """What is known about files.

    Attributes:
        table: one row per file; split, label, patient, then any other columns.
        identifying: further columns that may tell who a patient is.
        problems: what could not be used, and why.
        notes: how tables and names were read, as sentences.
        groups: what is to stay in one split although its patient is not known, missing where
            nothing is; one per file.
        origins: where columns came from that are not as a table has them, by name; ``file`` tells
            what names the images.
        columns: all columns of the tables.
        matched: how many files have a row of a table.
        guessed_encoding: how a table is written that does not say so itself.
    """

    table: pd.DataFrame
    identifying: tuple[str, ...]
    problems: list[Problem]
    notes: list[str] = field(default_factory=list)
    groups: pd.Series | None = None
    origins: dict[str, Origin] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    matched: int = 0
    guessed_encoding: str = ""


def describe_by_table(
    files: Sequence[str], path: Path, choices: Choices | None = None
) -> Description:
    """Read a table and give each file its row, see `describe_by_tables`.

    Raises:
        CaeError: the table cannot be read or none of its columns names the files.
    """
    choices = choices or Choices()
    return describe_by_rows(files, [read_image_rows(FileIndex(files), path, choices)], choices)


def describe_by_tables(
    files: Sequence[str], paths: Sequence[Path], choices: Choices | None = None
) -> Description:
    """Read tables and give each file its rows of all of them.

    Split, label and patient are recognised by their columns' names and values; the column that
    names the files is left out, all others are kept. Tables that are called after splits give
    these. What the tables do not say about splits and patients, folders and names may. Tables
    that name no file are reported.

    Raises:
        CaeError: no table names any of the files.
    """
    choices = choices or Choices()
    index = FileIndex(files)
    parts: list[ImageRows] = []
    errors: dict[Path, CaeError] = {}
    for path in paths:
        try:
            parts.append(read_image_rows(index, path, choices))
        except CaeError as error:
            errors[path] = error
    if not parts:
        raise next(iter(errors.values()))
    parts += _about_patients(index, parts, errors, choices)
    unused = [(path.name, f"it was not used as a table: {e}") for path, e in errors.items()]
    found = describe_by_rows(files, parts, choices)
    found.problems += unused
    return found


def _about_patients(
    index: FileIndex, parts: list[ImageRows], errors: dict[Path, CaeError], choices: Choices
) -> list[ImageRows]:
    """Return tables with rows about the patients of `parts`; they are no longer errors."""
    cells, _, _ = _combined(parts)
    patient = find_patient_column(cells)
    found: list[ImageRows] = []
    for path in list(errors) if patient is not None else []:
        try:
            found.append(read_patient_rows(index, path, choices, cells[patient]))
            del errors[path]
        except CaeError as error:
            errors[path] = error
    return found


def describe_by_folders(files: Sequence[str]) -> Description:
    """Take splits, patients and labels from the names of the folders that hold the files.

    Folders named train, val or test (and the like) give the split, such as are called after
    patients the patient, and the innermost other one the label, unless it is called ``images`` or
    the like. Labels stay missing when all are the same.
    """
    origins: dict[str, Origin] = {}
    patients, notes = _named_patients(files, origins)
    labels = folder_labels(files, folder_patients(files))
    splits, split_notes = _named_splits(files, origins)
    columns = {
        "split": splits,
        "label": text_column(labels),
        "patient": text_column(patients),
    }
    table = pd.DataFrame(columns)
    if table["label"].notna().any():
        notes.append(
            f"Labels are the names of folders, such as {table['label'].dropna().iloc[0]!r}."
        )
        origins["label"] = Origin(how=FOLDER_NAMES)
    groups, group_notes = _named_groups(files, table["patient"])
    return Description(table, (), [], [*split_notes, *notes, *group_notes], groups, origins)


def describe_by_rows(files: Sequence[str], parts: list[ImageRows], choices: Choices) -> Description:
    """Return what the rows of at least one table say of files, see `describe_by_tables`."""
    cells, with_commas, notes = _combined(parts)
    notes = [note for part in parts for note in part.notes] + notes
    problems = [problem for part in parts for problem in part.problems]
    if len(parts) > 1:
        problems = [(f, r) for f, r in problems if not r.endswith("has no row for it")]
    name = parts[0].name if len(parts) == 1 else "the tables"
    named_by = tuple(dict.fromkeys(column for part in parts for column in part.named_by))
    origins = {"file": Origin(named_by, "which names the images")}
    splits, split_columns, said = _splits(cells, files, name, choices, problems, origins)
    notes += said
    label, label_columns, said = _label(cells, parts[0].has_header, split_columns, choices, origins)
    notes += said
    patient_column = _patient_column(cells, choices)
    patients = text_column([None] * len(files))
    if patient_column is not None:
        patients = _whole(named_patients(cells[patient_column]))
        notes.append(f"Patients are from {patient_column!r}.")
        origins["patient"] = Origin((patient_column,))
    if patients.isna().all() and choices.patient != NONE:
        found, said = _named_patients(files, origins)
        patients = text_column(found)
        notes += said
    columns = {"split": splits, "label": label, "patient": patients}
    used = {*split_columns, *label_columns, patient_column}
    others = [column for column in cells.columns if column not in used]
    names = kept_names(others)
    identifying = []
    for column in others:
        kept = names[column]
        values = infer_type(cells[column], column in with_commas)
        columns[kept] = values
        problems += _unread(cells[column], values, name)
        notes += duration_notes(cells[column], values)
        is_date = values.dtype.kind == "M"
        if is_identifying(column) or is_date or is_identifying_by_form(cells[column], patients):
            identifying.append(kept)
    for column, kept in names.items():
        if column != kept:
            origins[kept] = Origin((column,))
            notes.append(
                f"The column {column!r} is kept as {kept!r}, as its name has a meaning here."
            )
    notes += _nothing_kept(columns["label"], label_columns)
    for column in others:
        notes += _nothing_kept(columns[names[column]], (names[column],))
    groups, said = groups_of(cells, files, patients)
    return Description(
        pd.DataFrame(columns),
        tuple(identifying),
        problems,
        notes + said,
        groups,
        origins,
        tuple(dict.fromkeys(column for part in parts for column in part.columns)),
        int(np.any([part.has_row for part in parts], axis=0).sum()),
        next((part.guessed_encoding for part in parts if part.guessed_encoding), ""),
    )


def _combined(parts: list[ImageRows]) -> tuple[pd.DataFrame, set[str], list[str]]:
    """Return the columns of all tables, those with decimal commas, and what was renamed.

    Columns of one name become one, unless two tables say different things about an image.
    """
    words = {part.name: split_word(Path(part.name).stem) for part in parts}
    are_splits = len(set(filter(None, words.values()))) > 1
    combined, notes = pd.DataFrame(index=range(len(parts[0].has_row))), []
    with_commas: set[str] = set()
    for part in parts:
        cells = part.cells
        if are_splits and words[part.name] and not _split_columns(cells)[0]:
            cells = cells.assign(split=pd.Series(part.has_row).map({True: words[part.name]}))
            notes.append(f"{part.name}: its name says that its images are {words[part.name]}.")
        for column in cells:
            kept = column
            if column not in combined:
                combined[column] = cells[column]
            elif _differ(combined[column], cells[column]):
                kept = f"{column} ({part.name})"
                combined[kept] = cells[column]
                notes.append(
                    f"{part.name}: its {column!r} differs from that of another table and is kept "
                    f"as {kept!r}."
                )
            else:
                combined[column] = combined[column].fillna(cells[column])
            if part.decimal_comma:
                with_commas.add(str(kept))
    return combined, with_commas, notes


def _differ(first: pd.Series, second: pd.Series) -> bool:
    """Whether two columns say different things where both say something."""
    return bool((first.notna() & second.notna() & (first != second)).any())


def _split_columns(cells: pd.DataFrame) -> tuple[tuple[str, ...], str]:
    """Return the columns that give splits, and how: by words, flags or folds."""
    if (column := find_split_column(cells)) is not None:
        return (column,), "words"
    if flags := find_flag_columns(cells):
        return tuple(flags), "flags"
    if (column := find_fold_column(cells)) is not None:
        return (column,), "folds"
    return (), ""


def _splits(
    cells: pd.DataFrame,
    files: Sequence[str],
    name: str,
    choices: Choices,
    problems: list[Problem],
    origins: dict[str, Origin],
) -> tuple[pd.Series, tuple[str, ...], list[str]]:
    """Return the given splits, the columns that gave them, and how; add what is not read."""
    if choices.split == NONE:
        return text_column([None] * len(files)), (), []
    columns: tuple[str, ...]
    if choices.split is not None:
        columns = (require_column(cells, choices.split),)
        splits, kind = chosen_splits(cells[columns[0]])
    else:
        columns, kind = _split_columns(cells)
        if kind == "flags":
            splits = flag_splits(cells, find_flag_columns(cells))
        elif kind:
            splits, _ = chosen_splits(cells[columns[0]])
    if kind == "words":
        problems += _unknown_splits(cells[columns[0]], splits, files, name)
    elif not kind:
        splits, notes = _named_splits(files, origins)
        unread = next((column for column in cells.columns if names_split(column)), None)
        if unread is not None:
            words = ", ".join(map(repr, cells[unread].dropna().unique()[:_SHOWN]))
            problems.append(
                (name, f"its column {unread!r} has no words for train, val and test, but {words}")
            )
        return splits, (), notes
    told = " and ".join(map(repr, columns))
    how = LAST_FOLD if kind == "folds" else ""
    origins["split"] = Origin(columns, how)
    # A fold says more than the split it became.
    used = () if kind == "folds" else columns
    return splits, used, [f"Splits are from {', '.join(filter(None, [told, how]))}."]


def _named_splits(files: Sequence[str], origins: dict[str, Origin]) -> tuple[pd.Series, list[str]]:
    splits = text_column(folder_splits(files))
    if splits.isna().all():
        return splits, []
    origins["split"] = Origin(how=FOLDER_NAMES)
    return splits, ["Splits are from the names of folders."]


def _unknown_splits(
    texts: pd.Series, splits: pd.Series, files: Sequence[str], name: str
) -> list[Problem]:
    unknown = texts[texts.notna() & splits.isna()]
    return summed_up(
        [
            (files[at], f"its split {text!r} is none of train, val and test; one was drawn")
            for at, text in zip(unknown.index.tolist(), unknown, strict=True)
        ],
        name,
        lambda count, first: (
            f"{count:,} images have splits that are none of train, val and test; "
            f"for them one was drawn ({first[0]}: {first[1]})"
        ),
    )


def _label(
    cells: pd.DataFrame,
    has_header: bool,
    split_columns: Sequence[str],
    choices: Choices,
    origins: dict[str, Origin],
) -> tuple[pd.Series, tuple[str, ...], list[str]]:
    """Return the labels, the columns that gave them, and how."""
    unknown = text_column([None] * len(cells))
    if choices.label == NONE:
        return unknown, (), []
    free = cells.drop(columns=[column for column in split_columns if column in cells])
    if choices.label is not None:
        column: str | None = require_column(cells, choices.label)
    else:
        column = find_label_column(free) if has_header else only_class_column(free)
    if column is not None:
        origins["label"] = Origin((column,))
        return _whole(cells[column]), (column,), [f"Labels are from {column!r}."]
    if one_hot := find_one_hot(free):
        classes = ", ".join(one_hot[:_SHOWN]) + (", …" if len(one_hot) > _SHOWN else "")
        note = f"Labels are the one of {len(one_hot)} columns ({classes}) that is 1."
        origins["label"] = Origin(one_hot, "the one that is 1")
        return one_hot_labels(free, one_hot), one_hot, [note]
    return unknown, (), []


def _patient_column(cells: pd.DataFrame, choices: Choices) -> str | None:
    if choices.patient == NONE:
        return None
    if choices.patient is not None:
        return require_column(cells, choices.patient)
    return find_patient_column(cells)


def _whole(texts: pd.Series) -> pd.Series:
    """Return texts without the .0 that whole numbers get where a column has gaps.

    Of two tables one may have them, so that 7 and 7.0 are the same.
    """
    is_whole = texts.dropna().str.fullmatch(r"\d+(\.0)?").all()
    return texts.str.removesuffix(".0") if is_whole else texts


def _named_patients(
    files: Sequence[str], origins: dict[str, Origin]
) -> tuple[list[str | None], list[str]]:
    """Return patients by the names of folders, else of files, and how."""
    for patients, what in ((folder_patients(files), "folders"), (prefix_patients(files), "files")):
        known = [patient for patient in patients if patient is not None]
        if known:
            origins["patient"] = Origin(how=f"names of {what}")
            return patients, [f"Patients are from the names of {what}, such as {known[0]!r}."]
    return patients, []


def groups_of(
    cells: pd.DataFrame, files: Sequence[str], patients: pd.Series
) -> tuple[pd.Series, list[str]]:
    """Return what is to stay in one split where no patient is known, and how it was found.

    Missing for all where patients are known, and where nothing suggests any group.

    Args:
        cells: text, one row per file.
        files: paths of the images.
        patients: of each, missing where unknown.
    """
    column = find_group_column(cells)
    if patients.notna().any() or column is None:
        return _named_groups(files, patients)
    groups = plausible_groups(cells[column])
    if groups.isna().all():
        return _named_groups(files, patients)
    return groups, [f"No patient is known; images of one {column!r} stay in one split."]


def _named_groups(files: Sequence[str], patients: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return what the files' names suggest to be of one patient, where none is known."""
    if patients.notna().any():
        return text_column([None] * len(files)), []
    groups = prefix_groups(files)
    if groups.isna().all():
        return groups, []
    first = groups.dropna().iloc[0]
    return groups, [
        f"No patient is known, but names such as {first!r}… may tell patients apart; "
        "images that share one stay in one split."
    ]


def _nothing_kept(values: pd.Series, columns: Sequence[str]) -> list[str]:
    """Return what is to be known of a column in which ``none`` is a value among words."""
    if not pd.api.types.is_string_dtype(values):
        return []
    kept = values[values.str.casefold().isin(NOTHING).fillna(False)]
    if kept.empty:
        return []
    return [
        f"{kept.iloc[0]!r} is a value of {' and '.join(map(repr, columns))} ({len(kept):,} times), "
        "not a missing one."
    ]


def _unread(texts: pd.Series, values: pd.Series, name: str) -> list[Problem]:
    unread = unread_values(texts, values)
    if not unread:
        return []
    shown = ", ".join(map(repr, unread[:_SHOWN]))
    count = int(np.count_nonzero(texts.notna() & values.isna()))
    kind = "dates" if values.dtype.kind == "M" else "numbers"
    told = f"{counted(count, 'value')} {'is' if count == 1 else 'are'}"
    return [(name, f"of its column {texts.name!r}, {told} no {kind} and count as missing: {shown}")]
