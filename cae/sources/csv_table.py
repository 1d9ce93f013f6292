"""Tables as text files: commas, semicolons or tabs, in any encoding."""

import codecs
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from cae.errors import CaeError

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_LINES = 30
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "null", "none", "nil", "#null!"}
)

# A row's number in the file, counted from 1, and its cells; None where they cannot be told apart.
NumberedRow = tuple[int, list[str] | None]


@dataclass
class CsvTable:
    """A table whose cells are still text.

    Attributes:
        cells: text, missing where a cell says so; the index is the row's number in the file, the
            first row being 1; column names are unique.
        decimal_comma: whether numbers may be written as 3,14.
        problems: row number and reason of every row that could not be read.
    """

    cells: pd.DataFrame
    decimal_comma: bool
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_csv_table(path: Path) -> CsvTable:
    """Read a CSV, TSV or semicolon-separated file; its first row names the columns.

    Cells that are empty or say NA, N/A, NaN, null or none are missing. Rows with more cells than
    there are columns and rows whose quotes do not close are left out and reported.

    Raises:
        CaeError: the file is missing, empty, or no text.
    """
    text = _read_text(path)
    separator = _separator(text)
    numbered = [(number, row) for number, row in _rows(text, separator) if row is None or any(row)]
    if not numbered or numbered[0][1] is None:
        raise CaeError(f"The table {path} has no readable first row; it must name the columns.")
    names = _column_names(numbered[0][1])
    rows, numbers, problems = [], [], []
    for number, row in numbered[1:]:
        if row is None:
            problems.append((number, "its quotes do not close or one of its cells is too long"))
        elif any(cell.strip() for cell in row[len(names) :]):
            problems.append((number, f"it has {len(row)} cells for {len(names)} columns"))
        else:
            padding = [None] * (len(names) - len(row))
            rows.append([_cell(text) for text in row[: len(names)]] + padding)
            numbers.append(number)
    cells = pd.DataFrame(rows, index=numbers, columns=names, dtype="str")
    return CsvTable(cells, separator == ";", problems)


def _read_text(path: Path) -> str:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise CaeError(
            f"The table {path} cannot be read ({error.strerror}); check its name."
        ) from error
    if not content.strip():
        raise CaeError(f"The table {path} is empty; save it again.")
    text = _decoded(content)
    if text is None or "\0" in text:
        raise CaeError(f"{path} is no text; save the table as CSV with the encoding UTF-8.")
    return text


def _decoded(content: bytes) -> str | None:
    """Return the text of a file, by its byte order mark, as UTF-8, or else as its bytes suggest."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        matches = list(from_bytes(content))
        if not matches:
            return None
        best = matches[0]
        equal = [m for m in matches if (m.chaos, m.coherence) == (best.chaos, best.coherence)]
        # Of encodings that fit equally well, Western Windows is by far the most used.
        return str(next((m for m in equal if m.encoding == "cp1252"), best))


def _separator(text: str) -> str:
    """Return the separator that cuts the first lines into most columns, alike in most lines."""
    lines = text.splitlines()[:_SAMPLE_LINES]
    if lines and lines[0].casefold().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    return max(_SEPARATORS, key=lambda separator: _column_count(lines, separator))


def _column_count(lines: list[str], separator: str) -> tuple[int, int]:
    """Return the number of columns of the first line and how many lines agree with it."""
    rows = [row for _, row in _rows("\n".join(lines), separator) if row]
    if not rows:
        return 0, 0
    return len(rows[0]), sum(len(row) == len(rows[0]) for row in rows)


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


def _column_names(header: list[str]) -> list[str]:
    names: list[str] = []
    for number, text in enumerate(header, start=1):
        plain = text.strip() or f"column_{number}"
        name, copy = plain, 2
        while name in names:
            name, copy = f"{plain}_{copy}", copy + 1
        names.append(name)
    return names


def _cell(text: str) -> str | None:
    text = text.strip()
    return None if text.casefold() in _MISSING else text
