"""A table whose cells are still text, whatever file it came from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

import pandas as pd

from cae.errors import CaeError
from cae.imageset import MOST_COLUMNS

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "#null!"}
)
# Where words are values, a value too, such as that of effusions; else there is none.
NOTHING = frozenset({"none", "nil"})

# A row's number in the file, counted from 1, and its cells; None where they cannot be told apart.
NumberedRow = tuple[int, list[str] | None]


@dataclass
class TextTable:
    """A table whose cells are still text.

    Attributes:
        cells: text, missing where a cell says so; the index is the row's number in the file, the
            first row being 1; column names are unique.
        decimal_comma: whether numbers may be written as 3,14.
        has_header: whether a row of the file names the columns.
        problems: row number and reason of every row that could not be read.
        notes: how the file was read where it does not say so itself, as phrases.
        guessed_encoding: the encoding, where the file does not say it itself.
    """

    cells: pd.DataFrame
    decimal_comma: bool = False
    has_header: bool = True
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guessed_encoding: str = ""


def column_names(header: Sequence[str]) -> list[str]:
    """Return unique names: an empty one becomes ``column_3``, a second ``x`` ``x_2``.

    Raises:
        CaeError: there are more columns than an image set may have.
    """
    if len(header) > MOST_COLUMNS:
        raise CaeError(
            f"The table has {len(header):,} columns, but {MOST_COLUMNS:,} is the limit; leave out "
            "columns."
        )
    names: dict[str, None] = {}
    # Where the search for a free number goes on, so that equal names take no longer than others.
    copies: dict[str, int] = {}
    for number, text in enumerate(header, start=1):
        plain = text.strip() or f"column_{number}"
        name, copy = plain, copies.get(plain, 2)
        while name in names:
            name, copy = f"{plain}_{copy}", copy + 1
        copies[plain] = copy
        names[name] = None
    return list(names)


def clean_cell(text: str) -> str | None:
    """Return a cell without blanks around it, None where it says that there is no value."""
    text = text.strip()
    return None if text.casefold() in MISSING else text


def text_of(value: object) -> str | None:
    """Return a value of a spreadsheet or database as a text table holds it."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
        return str(value.date() if value.time() == time() else value)
    if isinstance(value, int | date | time | Decimal):
        return str(value)
    return clean_cell(str(value))
