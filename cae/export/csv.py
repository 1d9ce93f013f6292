"""The table of a cohort's images as CSV that is safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_pieces(table: pd.DataFrame) -> Iterator[bytes]:
    """Yield a table as UTF-8 CSV, header first, one line per piece.

    Text that a spreadsheet would run as a formula, because it starts with ``= + - @``, a tab
    or a line break, gets an apostrophe in front; numbers stay as they are. What is missing is
    an empty cell.
    """
    columns = [table[column].array for column in table]
    yield _line([_safe(str(column)) for column in table])
    for values in zip(*columns, strict=True):
        yield _line([_cell(value) for value in values])


def _line(cells: list[str]) -> bytes:
    buffer = io.StringIO()
    # With this line end, which RFC 4180 asks for, the writer quotes lone carriage returns too.
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, bool | int | float | np.bool | np.number):
        return str(value)
    return _safe(str(value))


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
