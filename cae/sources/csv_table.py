"""Tables as text files: commas, semicolons or tabs, in any encoding."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from cae.errors import CaeError
from cae.sources.encoding import Decoded, decode
from cae.sources.header import find_header
from cae.sources.text_table import NumberedRow, TextTable, clean_cell, column_names

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_LINES = 100
# A comma or point that can only stand before decimals: it is followed by other than three digits,
# or preceded by a lone zero.
_DECIMALS = r"[+-]?(?:\d+{0}(?:\d{{1,2}}|\d{{4,}})|0{0}\d+)"
_DECIMAL_COMMA = re.compile(_DECIMALS.format(","))
_DECIMAL_POINT = re.compile(_DECIMALS.format(r"\."))


def names_nothing(text: str) -> bool:
    """Return False: the default where it is not known what the images are called."""
    return False


def read_csv_table(
    path: Path, encoding: str | None = None, names_image: Callable[[str], bool] = names_nothing
) -> TextTable:
    """Read a CSV, TSV or semicolon-separated file; its first row names the columns.

    Cells that are empty or say NA, N/A, NaN, null or none are missing. Rows with more cells than
    there are columns and rows whose quotes do not close are left out and reported. Titles above
    the names are passed over. Where the first row names an image, it is a row like the others.

    Args:
        path: the file.
        encoding: how it is written; by default, what it says itself or looks like.
        names_image: whether a text names one of the images.

    Raises:
        CaeError: the file is missing, empty, or no text, or the encoding does not fit.
    """
    decoded = _read_text(path, encoding)
    text = decoded.text
    separator = _separator(text)
    numbered = [(number, row) for number, row in _rows(text, separator) if row is None or any(row)]
    if not numbered or numbered[0][1] is None:
        raise CaeError(f"The table {path} has no readable first row; it must name the columns.")
    table = table_of_rows(numbered, names_image)
    table.decimal_comma = separator == ";" or _has_decimal_commas(table.cells)
    if decoded.note:
        table.notes.insert(0, decoded.note)
        table.guessed_encoding = decoded.encoding
    return table


def table_of_rows(rows: list[NumberedRow], names_image: Callable[[str], bool]) -> TextTable:
    """Return the table that rows of cells make, the names of its columns being among them.

    Args:
        rows: all rows that are not blank, the first of them readable.
        names_image: whether a text names one of the images.
    """
    readable = [(number, row) for number, row in rows if row is not None]
    header = find_header([row for _, row in readable], names_image)
    number, first = readable[header.first]
    notes = []
    if header.first:
        notes.append(f"what stands above row {number} was taken as a title")
    if header.is_named:
        names = column_names(first)
    else:
        names = column_names([""] * max(len(row) for _, row in readable[header.first :]))
        notes.append(f"row {number} names an image, so it is a row and no column has a name")
    kept, numbers, problems = [], [], []
    for other, row in rows:
        if row is None:
            problems.append((other, "its quotes do not close or one of its cells is too long"))
        elif other < number or (other == number and header.is_named):
            continue
        elif any(cell.strip() for cell in row[len(names) :]):
            problems.append((other, f"it has {len(row)} cells for {len(names)} columns"))
        else:
            padding: list[str | None] = [None] * (len(names) - len(row))
            kept.append([clean_cell(cell) for cell in row[: len(names)]] + padding)
            numbers.append(other)
    cells = pd.DataFrame(kept, index=numbers, columns=names, dtype="str")
    return TextTable(cells, has_header=header.is_named, problems=problems, notes=notes)


def _read_text(path: Path, encoding: str | None) -> Decoded:
    """Return the text of a file, and how its encoding was guessed, if it was."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CaeError(
            f"The table {path} cannot be read ({error.strerror}); check its name."
        ) from error
    if not content.strip():
        raise CaeError(f"The table {path} is empty; save it again.")
    decoded = decode(content, encoding)
    if decoded is None or "\0" in decoded.text:
        raise CaeError(f"{path} is no text; save the table as CSV with the encoding UTF-8.")
    return decoded


def _has_decimal_commas(cells: pd.DataFrame) -> bool:
    """Whether commas before decimals occur, and more often than points before decimals."""
    commas = points = 0
    for name in cells:
        known = cells[name].dropna()
        commas += known.str.fullmatch(_DECIMAL_COMMA).sum()
        points += known.str.fullmatch(_DECIMAL_POINT).sum()
    return bool(commas > points)


def _separator(text: str) -> str:
    """Return the separator that cuts the first lines into most columns, alike in most lines."""
    lines = text.splitlines()[:_SAMPLE_LINES]
    if lines and lines[0].casefold().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    return max(_SEPARATORS, key=lambda separator: _column_count(lines, separator))


def _column_count(lines: list[str], separator: str) -> tuple[float, int]:
    """Return the usual number of columns times the share of lines that have it, and that number."""
    rows = [row for _, row in _rows("\n".join(lines), separator) if row]
    if not rows:
        return 0, 0
    counts = Counter(map(len, rows))
    return max((width * count / len(rows), width) for width, count in counts.items())


def _rows(text: str, separator: str) -> list[NumberedRow]:
    """Split a text into rows; where quotes are unbalanced line by line, to lose no other row."""
    try:
        rows: list[NumberedRow] = list(enumerate(_parsed(text, separator), start=1))
    except csv.Error:
        rows = [
            (number, _line(line, separator)) for number, line in enumerate(text.splitlines(), 1)
        ]
    return rows[1:] if text.casefold().startswith("sep=") else rows


def _parsed(text: str, separator: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    return list(csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True))


def _line(line: str, separator: str) -> list[str] | None:
    try:
        return next(iter(_parsed(line, separator)), [])
    except csv.Error:
        return None
