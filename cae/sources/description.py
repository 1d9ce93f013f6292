"""What a table or the names of sub-folders say about image files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from cae.errors import CaeError
from cae.imageset import RESERVED_COLUMNS
from cae.sources.column_roles import (
    find_label_column,
    find_patient_column,
    find_split_column,
    is_identifying,
    split_word,
)
from cae.sources.column_types import infer_type
from cae.sources.csv_table import CsvTable, read_csv_table
from cae.sources.matching import FileIndex, find_name_column
from cae.sources.table import text_column

_TAKEN = (*RESERVED_COLUMNS, "file")


@dataclass
class Description:
    """What is known about files.

    Attributes:
        table: one row per file, in the files' order; split, label and patient as text, missing
            where not known, and further columns of any type.
        identifying: which of the further columns may tell who a patient is.
        problems: file or row, and reason.
    """

    table: pd.DataFrame
    identifying: tuple[str, ...]
    problems: list[tuple[str, str]]


def describe_by_table(files: Sequence[str], path: Path) -> Description:
    """Read a table and give each file its row.

    Split, label and patient are recognised by their columns' names; the column that names the
    files is left out, all others are kept. Rows without a file, files without a row and further
    rows of one file are reported; the first row counts.

    Raises:
        CaeError: the table cannot be read or none of its columns names the files.
    """
    csv_table = read_csv_table(path)
    index = FileIndex(files)
    name_column = find_name_column(csv_table.cells, index)
    if name_column is None:
        raise CaeError(
            f"No column of {path} names the images, such as {files[0]!r}; "
            "give it a column with their file names or relative paths."
        )
    row_of, problems = _match(csv_table, name_column, index, path.name)
    problems += [
        (file, f"{path.name} has no row for it")
        for position, file in enumerate(files)
        if position not in row_of
    ]
    # Row numbers begin at 1, so row 0 is a row of missing cells.
    rows = [row_of.get(position, 0) for position in range(len(files))]
    cells = csv_table.cells.drop(columns=name_column).reindex(rows).reset_index(drop=True)
    table, identifying = _with_roles(cells, csv_table.decimal_comma)
    problems += _unknown_splits(cells, files)
    return Description(table, identifying, problems)


def describe_by_folders(files: Sequence[str]) -> Description:
    """Take splits and labels from the names of the folders that hold the files.

    Folders named train, val or test (and the like) give the split, the innermost other one the
    label. Labels stay missing when all are the same.
    """
    labels = [_label_folder(file) for file in files]
    if len(set(labels)) == 1:
        labels = [None] * len(files)
    unknown = text_column([None] * len(files))
    columns = {"split": folder_splits(files), "label": text_column(labels), "patient": unknown}
    return Description(pd.DataFrame(columns), (), [])


def folder_splits(files: Sequence[str]) -> pd.Series:
    """Return the split that a folder around each file is named after, else missing."""
    words = [[split_word(part) for part in PurePosixPath(file).parts[:-1]] for file in files]
    return text_column([next(filter(None, found), None) for found in words])


def _label_folder(file: str) -> str | None:
    folders = [part for part in PurePosixPath(file).parts[:-1] if split_word(part) is None]
    return folders[-1] if folders else None


def _match(
    csv_table: CsvTable, name_column: str, index: FileIndex, table_name: str
) -> tuple[dict[int, int], list[tuple[str, str]]]:
    """Return the row number for each file's position, and the rows that have none."""
    row_of: dict[int, int] = {}
    problems = list(csv_table.problems)
    for row, name in csv_table.cells[name_column].items():
        found = [] if pd.isna(name) else index.find(name)
        if pd.isna(name):
            problems.append((row, f"it names no image in the column {name_column!r}"))
        elif not found:
            problems.append((row, f"its image {name!r} is not in the folder"))
        elif len(found) > 1:
            problems.append((row, f"{name!r} may be any of {len(found)} images; add the folder"))
        elif found[0] in row_of:
            problems.append((row, f"row {row_of[found[0]]} describes {name!r} already"))
        else:
            row_of[found[0]] = row
    return row_of, [(f"{table_name}, row {row}", reason) for row, reason in sorted(problems)]


def _with_roles(cells: pd.DataFrame, decimal_comma: bool) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the typed table, and which of its further columns are identifying."""
    roles = {
        "split": find_split_column(cells),
        "label": find_label_column(cells),
        "patient": find_patient_column(cells),
    }
    unknown = text_column([None] * len(cells))
    columns = {role: unknown if name is None else cells[name] for role, name in roles.items()}
    columns["split"] = text_column([_split(text) for text in columns["split"]])
    identifying = []
    for name in cells.columns.difference(list(filter(None, roles.values())), sort=False):
        kept = f"{name} (table)" if name.casefold() in _TAKEN else name
        columns[kept] = infer_type(cells[name], decimal_comma)
        if is_identifying(name) or columns[kept].dtype.kind == "M":
            identifying.append(kept)
    return pd.DataFrame(columns), tuple(identifying)


def _split(text: str | None) -> str | None:
    return None if pd.isna(text) else split_word(text)


def _unknown_splits(cells: pd.DataFrame, files: Sequence[str]) -> list[tuple[str, str]]:
    column = find_split_column(cells)
    if column is None:
        return []
    return [
        (files[position], f"its split {text!r} is none of train, val and test; one was drawn")
        for position, text in cells[column].dropna().items()
        if split_word(text) is None
    ]
