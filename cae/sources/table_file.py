"""Read a table from any kind of file that holds one."""

import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cae.errors import CaeError
from cae.sources.csv_table import names_nothing, read_csv_table, table_of_rows
from cae.sources.text_table import NumberedRow, TextTable, column_names, text_of

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".parquet", ".jsonl"})
OTHER_TABLE_SUFFIXES = frozenset({".xls", ".ods", ".numbers", ".sav", ".dta", ".rds", ".mat"})
HOW_TO_CONVERT = "it is a table of a kind that is not read; save it as CSV (UTF-8) or .xlsx"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP, _PARQUET = b"PK\x03\x04", b"PAR1"
_MOST_BYTES = 1 << 30


def read_table_file(
    path: Path, encoding: str | None = None, names_image: Callable[[str], bool] = names_nothing
) -> TextTable:
    """Read CSV, TSV, semicolon-separated, Excel (.xlsx), Parquet or JSON lines by their content.

    Args:
        path: the file; its ending matters for JSON lines only.
        encoding: how a text file is written; by default, what it says itself or looks like.
        names_image: whether a text names one of the images, which a row of titles does not.

    Raises:
        CaeError: the file is missing, empty, damaged, or of another kind.
    """
    path = Path(path)
    start = _first_bytes(path)
    if start.startswith(_OLD_EXCEL) or _is_zip_of(path, start, "content.xml"):
        raise CaeError(f"{path} cannot be used: {HOW_TO_CONVERT}.")
    if _is_zip_of(path, start, "xl/workbook.xml"):
        return _read_workbook(path, names_image)
    if start.startswith(_PARQUET):
        return _read_parquet(path)
    if path.suffix.casefold() == ".jsonl":
        return _read_json_lines(path)
    return read_csv_table(path, encoding, names_image)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise CaeError(
            f"The table {path} cannot be read ({error.strerror}); check its name."
        ) from error


def _is_zip_of(path: Path, start: bytes, member: str) -> bool:
    """Whether the file is a zip, as spreadsheets are, that holds `member`."""
    if not start.startswith(_ZIP) or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as zipped:
        if sum(entry.file_size for entry in zipped.infolist()) > _MOST_BYTES:
            raise CaeError(f"{path} would unpack to more than 1 GB; save it as CSV (UTF-8).")
        return member in zipped.namelist()


def _read_workbook(path: Path, names_image: Callable[[str], bool]) -> TextTable:
    """Read the first sheet that holds anything; formulas give the values they had when saved."""
    from openpyxl import load_workbook

    try:
        # Given a name, openpyxl refuses endings that it does not know.
        with path.open("rb") as file:
            book = load_workbook(file, read_only=True, data_only=True)
            for sheet in book.worksheets:
                rows = _sheet_rows(sheet)
                if rows:
                    break
            others = len(book.worksheets) - 1
    # A damaged workbook makes openpyxl raise almost anything.
    except Exception as error:
        raise CaeError(f"{path} is a damaged Excel file ({error}); save it again.") from error
    if not rows:
        raise CaeError(f"The table {path} is empty; save it again.")
    table = table_of_rows(rows, names_image)
    if others:
        table.notes.append(f"its sheet {sheet.title!r} was read and {others} others were not")
    return table


def _sheet_rows(sheet: "ReadOnlyWorksheet") -> list[NumberedRow]:
    """Return all rows that are not blank."""
    # What other programs note as a sheet's size is often wrong.
    sheet.reset_dimensions()
    rows = [
        (number, [text_of(value) or "" for value in row])
        for number, row in enumerate(sheet.values, start=1)
    ]
    return [(number, row) for number, row in rows if any(row)]


def _read_parquet(path: Path) -> TextTable:
    try:
        # Through numpy, whole numbers with gaps would become floats, which hold 16 digits.
        frame = pd.read_parquet(path, dtype_backend="pyarrow")
    # Damaged files make pyarrow raise errors of many kinds.
    except Exception as error:
        raise CaeError(f"{path} is a damaged Parquet file ({error}); save it again.") from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    columns = [[text_of(_plain(value)) for value in frame[name]] for name in frame]
    return _table_of_columns(path, map(str, frame.columns), columns)


def _plain(value: object) -> object:
    """Return a value without numpy around it."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def _read_json_lines(path: Path) -> TextTable:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
        # Numbers stay as they are written: ids may have more digits than a float holds.
        records = [json.loads(line, parse_int=str, parse_float=str) for line in lines if line]
    except (ValueError, RecursionError) as error:
        raise CaeError(f"{path} is no JSON of one object a line ({error}).") from error
    if not all(isinstance(record, dict) for record in records):
        raise CaeError(f"{path} holds lines that are no JSON objects; write one object a line.")
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = [[text_of(record.get(name)) for record in records] for name in names]
    return _table_of_columns(path, names, columns)


def _table_of_columns(
    path: Path, names: Iterable[str], columns: list[list[str | None]]
) -> TextTable:
    if not columns or not columns[0]:
        raise CaeError(f"The table {path} is empty; save it again.")
    rows = range(1, len(columns[0]) + 1)
    series = [pd.Series(values, index=rows, dtype="str") for values in columns]
    cells = pd.concat(series, axis=1)
    cells.columns = column_names(list(names))
    return TextTable(cells)
