"""Give each image its rows of a table, and make one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.sources.choices import Choices
from cae.sources.entities import find_entity_column
from cae.sources.image_columns import (
    ImageColumns,
    chosen_image_columns,
    described,
    find_image_columns,
    names_image,
)
from cae.sources.joined_rows import one_row_each
from cae.sources.matching import FileIndex
from cae.sources.patients import find_patient_column, is_patient_name
from cae.sources.problems import Problem, summed_up
from cae.sources.table_file import read_table_file
from cae.sources.text_table import TextTable

NAMED_BY = "image column"
_UNQUOTED = {
    "absent": "there is no image of what it names",
    "ambiguous": "it may be about any of several images",
    "unnamed": "it names no image",
}
# From cells to columns, for each image the cell that names it (N,), and the phrase that says so.
Identify = Callable[[pd.DataFrame], Sequence[tuple[str, np.ndarray, str]]]


@dataclass
class ImageRows:
    """What a table says about each image.

    Attributes:
        name: the table's file name.
        cells: text, one row per image, index 0…N−1; all missing where the table has no row.
        has_row: bool, (N,), whether it has one.
        decimal_comma: whether numbers may be written as 3,14.
        has_header: whether the table names its columns.
        problems: rows and images that have no counterpart.
        notes: how the table was read, as sentences.
        columns: all columns of the table.
        named_by: those that say which image a row is about.
        guessed_encoding: how the table is written, where it does not say so itself.
    """

    name: str
    cells: pd.DataFrame
    has_row: np.ndarray
    decimal_comma: bool
    has_header: bool
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    guessed_encoding: str = ""


def read_image_rows(index: FileIndex, path: Path, choices: Choices) -> ImageRows:
    """Read a table and find the rows of each image.

    Rows name images, see `find_image_columns`, or the patients, eyes or slides that are in the
    paths of the images, see `find_entity_column`; then each image of one gets its row. Several
    rows of one image become one, see `one_row_each`.

    Raises:
        CaeError: the table cannot be read, or its rows name no image.
    """
    table, columns = _read_naming(index, path, choices)
    matched = _matched_by_name(table, columns, index) if columns else None
    if choices.image is None and (columns is None or not columns.is_sure):
        matched = _matched_by_entity(table, index, matched)
    if matched is None or len(matched.positions) == 0:
        raise CaeError(
            f"No column of {path} names the images, such as {index.files[0]!r}; "
            "give it a column with their file names or relative paths, or name its column."
        )
    return _image_rows(table, matched, index.files, path.name, choices)


def read_patient_rows(
    index: FileIndex, path: Path, choices: Choices, patients: pd.Series
) -> ImageRows:
    """Read a table with rows about patients, who are known from another table.

    Args:
        index: the images.
        path: the table.
        choices: what a person says about tables.
        patients: the patient of each image, missing where unknown, (N,).

    Raises:
        CaeError: the table cannot be read, or none of its rows is about one of the patients.
    """
    table = read_table_file(path, choices.encoding)
    column = find_patient_column(table.cells)
    matched = None
    if column is not None:
        said = f"each image gets the row of its patient by {column!r}"
        matched = _matched_by_value(table, column, patients.to_numpy(dtype=object), said)
    if matched is None or len(matched.positions) == 0:
        raise CaeError(f"No column of {path} names the images or their patients.")
    return _image_rows(table, matched, index.files, path.name, choices)


def read_identified_rows(
    index: FileIndex, path: Path, choices: Choices, identify: Identify
) -> ImageRows:
    """Read a table whose rows name images, or openly what is known of these in another way.

    Of what names at least half as many images as the best, the names of files come first, then
    what `identify` finds, in its order, then what is in the paths. No cell is quoted.

    Raises:
        CaeError: the table cannot be read, or its rows name no image.
    """
    table, columns = _read_naming(index, path, choices)
    found = [_matched_by_name(table, columns, index)] if columns and columns.is_sure else []
    found += [_matched_by_value(table, *one) for one in identify(table.cells)]
    most = max((one.image_count for one in found), default=0)
    matched = next((one for one in found if 2 * one.image_count >= most > 0), None)
    if matched is None and choices.image is None:
        matched = _matched_by_entity(table, index, None)
    if matched is None:
        raise CaeError(f"None of the columns of {path.name} names an image.")
    unquoted = {
        kind: [(row, _UNQUOTED[kind]) for row, _ in rows] for kind, rows in matched.problems.items()
    }
    return _image_rows(table, replace(matched, problems=unquoted), index.files, path.name, choices)


@dataclass
class _Matched:
    """Which rows belong to which image.

    Attributes:
        positions: of images, (M,).
        rows: number of the row in the file, (M,).
        columns: that say which image a row is about.
        left_out: those of them that say no more than the names of the images.
        said: the phrase that says how they were found.
        named_by: the column that names each, where there are several, (M,).
        problems: number of a row and why it has no image, by kind: absent, ambiguous, unnamed.
    """

    positions: np.ndarray
    rows: np.ndarray
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    said: str
    named_by: np.ndarray | None = None
    problems: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def image_count(self) -> int:
        return len(np.unique(self.positions))


def _read_naming(
    index: FileIndex, path: Path, choices: Choices
) -> tuple[TextTable, ImageColumns | None]:
    """Read a table, and return the columns that name images: those chosen, else those found."""
    table = read_table_file(path, choices.encoding, lambda text: names_image(text, index))
    if choices.image is not None:
        return table, chosen_image_columns(table.cells, choices.image)
    return table, find_image_columns(table.cells, index)


def _matched_by_name(table: TextTable, columns: ImageColumns, index: FileIndex) -> _Matched:
    positions: list[int] = []
    rows: list[int] = []
    named_by: list[str] = []
    problems: dict[str, list[tuple[int, str]]] = {"absent": [], "ambiguous": [], "unnamed": []}
    for column in columns.names:
        texts = columns.texts(table.cells, column)
        found_for = {name: index.find(name) for name in texts.dropna().unique()}
        for row, name in zip(texts.index.tolist(), texts, strict=True):
            found = [] if pd.isna(name) else found_for[name]
            if len(found) == 1:
                positions.append(found[0])
                rows.append(row)
                named_by.append(column)
            elif pd.isna(name):
                problems["unnamed"].append((row, f"it names no image in the column {column!r}"))
            elif found:
                reason = f"{name!r} may be any of {len(found)} images; add the folder"
                problems["ambiguous"].append((row, reason))
            else:
                problems["absent"].append((row, f"its image {name!r} is not in the folder"))
    verb = "names" if len(columns.names) == 1 else "name"
    said = f"{described(columns.names)} {verb} the images"
    if columns.folders:
        said += f" together with {described(columns.folders)}"
    said += "".join(f" ({note})" for note in columns.notes)
    return _Matched(
        np.array(positions, int),
        np.array(rows, int),
        (*columns.folders, *columns.names),
        tuple(name for name in columns.names if not is_patient_name(name)),
        said,
        np.array(named_by, object) if len(columns.names) > 1 else None,
        problems,
    )


def _matched_by_entity(
    table: TextTable, index: FileIndex, by_name: _Matched | None
) -> _Matched | None:
    """Return rows of patients and the like where these find more images than names do."""
    found = find_entity_column(table.cells, index.files)
    if found is None:
        return by_name
    column, values, unclear = found
    if by_name is not None and pd.notna(values).sum() <= 2 * by_name.image_count:
        return by_name
    said = f"{column!r} is in the paths of the images, so each image gets the row of its {column}"
    matched = _matched_by_value(table, column, values, said)
    texts = table.cells[column].dropna()
    matched.problems["ambiguous"] = [
        (row, unclear[text])
        for row, text in zip(texts.index.tolist(), texts, strict=True)
        if text in unclear
    ]
    told = {row for row, _ in matched.problems["ambiguous"]}
    matched.problems["absent"] = [one for one in matched.problems["absent"] if one[0] not in told]
    return matched


def _matched_by_value(table: TextTable, column: str, values: np.ndarray, said: str) -> _Matched:
    """Return the rows whose `column` has the value of each image, (N,), missing where unknown."""
    known = pd.notna(values)
    images = pd.DataFrame({"position": np.flatnonzero(known), "value": values[known]})
    rows = pd.DataFrame({"row": table.cells.index, "value": table.cells[column].to_numpy()})
    pairs = images.merge(rows, on="value", how="inner")
    present = set(images["value"])
    named = table.cells[column].dropna()
    absent = [
        (row, f"there is no image of its {column} {value!r}")
        for row, value in zip(named.index.tolist(), named, strict=True)
        if value not in present
    ]
    unnamed = [
        (row, f"it is empty in the column {column!r}")
        for row in table.cells.index[table.cells[column].isna()].tolist()
    ]
    return _Matched(
        pairs["position"].to_numpy(),
        pairs["row"].to_numpy(),
        (column,),
        (),
        said,
        problems={"absent": absent, "unnamed": unnamed},
    )


def _image_rows(
    table: TextTable, matched: _Matched, files: Sequence[str], name: str, choices: Choices
) -> ImageRows:
    cells = table.cells.loc[matched.rows].drop(columns=list(matched.left_out))
    if matched.named_by is not None and NAMED_BY not in cells:
        cells[NAMED_BY] = matched.named_by
    cells = cells.reset_index(drop=True)
    joined = one_row_each(cells, matched.positions, table.decimal_comma, choices)
    has_row = np.zeros(len(files), bool)
    has_row[matched.positions] = True
    found_rows = len(np.unique(matched.rows))
    notes = [f"{name}: {note}." for note in table.notes]
    notes.append(
        f"{name}: {matched.said}; {found_rows:,} of {len(table.cells):,} rows belong to "
        f"{has_row.sum():,} of {len(files):,} images."
    )
    if joined.said:
        notes.append(f"{name}: {joined.said}.")
    unread = [(f"{name}, row {row}", reason) for row, reason in table.problems]
    problems = summed_up(
        unread,
        name,
        lambda count, first: f"{count:,} rows could not be read ({first[0]}: {first[1]})",
    )
    problems += _row_problems(matched.problems, name)
    problems += summed_up(
        [(files[at], f"{name}: {reason}") for at, reason in joined.conflicts],
        name,
        lambda count, first: (
            f"{count:,} images have rows that differ in who or where they are "
            f"({first[0]}: {first[1].removeprefix(f'{name}: ')})"
        ),
    )
    problems += summed_up(
        [(files[at], f"{name} has no row for it") for at in np.flatnonzero(~has_row).tolist()],
        name,
        lambda count, first: f"it has no row for {count:,} images, such as {first[0]}",
    )
    return ImageRows(
        name,
        joined.cells.reindex(range(len(files))),
        has_row,
        table.decimal_comma,
        table.has_header,
        problems,
        notes,
        tuple(table.cells.columns),
        matched.columns,
        table.guessed_encoding,
    )


def _row_problems(by_kind: dict[str, list[tuple[int, str]]], name: str) -> list[Problem]:
    summaries = {
        "ambiguous": "{count:,} rows may mean several images each ({first})",
        "absent": "{count:,} rows are about images that are not in the folder ({first})",
        "unnamed": "{count:,} rows name no image ({first})",
    }
    problems = []
    for kind, summary in summaries.items():
        found = [(f"{name}, row {row}", reason) for row, reason in by_kind.get(kind, [])]
        problems += summed_up(
            found,
            name,
            partial(_said_of_rows, summary, name),
        )
    return problems


def _said_of_rows(summary: str, name: str, count: int, first: Problem) -> str:
    row = first[0].removeprefix(f"{name}, ")
    return summary.format(count=count, first=f"{row}: {first[1]}")
