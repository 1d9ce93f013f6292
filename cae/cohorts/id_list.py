"""A list of ids from elsewhere, found again among a study's images."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cae.cohorts.rows import pack_rows
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.number_text import percent_text
from cae.sources.table_file import read_table_file
from cae.sources.text_table import TextTable

ID = "id"
_GUARDED = ("=", "+", "-", "@")
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class IdList:
    """Ids of a table, and which of a study's images they name.

    Attributes:
        column: of the table that holds them.
        columns: all of the table's.
        listed: how many different ids there are.
        rows: int64, ascending row numbers of the images that they name.
        unknown: ids, in the table's order, that name no image.
        repeated: how many lines repeat an id.
        without_id: how many lines have none.
        notes: phrases and sentences on how the file was read.
    """

    column: str
    columns: tuple[str, ...]
    listed: int
    rows: np.ndarray
    unknown: tuple[str, ...]
    repeated: int
    without_id: int
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How many ids were found, which were not, and what else was odd."""
        found = len(self.rows)
        share = percent_text(found / self.listed, 1) if self.listed else "none"
        told = [f"{found:,} of {self.listed:,} ids name an image ({share})"]
        if self.unknown:
            shown = ", ".join(map(repr, self.unknown[:_SHOWN]))
            rest = len(self.unknown) - _SHOWN
            told.append(f"unknown: {shown}{f' and {rest:,} more' if rest > 0 else ''}")
        if self.repeated:
            told.append(f"lines that repeat an id: {self.repeated:,}")
        if self.without_id:
            told.append(f"lines without one: {self.without_id:,}")
        return f"{'; '.join(told)}."

    def selection(self, file: str) -> Selection:
        """Return the images as a selection that remembers `file`, where the ids came from.

        Raises:
            CaeError: no id names an image.
        """
        if not len(self.rows):
            raise CaeError(
                f"None of the {self.listed:,} ids in the column {self.column!r} of {file} names an "
                "image of this study; ids are compared exactly, capitals and zeros in front count."
            )
        event = {
            "kind": "ids",
            "file": file,
            "column": self.column,
            "listed": self.listed,
            "unknown": len(self.unknown),
            "rows": base64.b64encode(pack_rows(self.rows)).decode("ascii"),
        }
        return Selection.empty().combine(self.rows, "replace", event)


def read_id_list(path: Path, ids: pd.Series, column: str | None = None) -> IdList:
    """Read the ids of a table and find the images that they name.

    Ids are compared exactly, as text: ``007`` is not ``7``. Only the apostrophe that exports write
    before what a spreadsheet would run as a formula is taken off where the id is not known with it.

    Args:
        path: CSV, TSV, Excel, Parquet or JSON lines.
        ids: of the study's images, row by row.
        column: that holds the ids; by default the one called id, the only one, or the one of which
            most values name images.

    Raises:
        CaeError: the file cannot be read or has no such column.
    """
    place = {str(name): row for row, name in enumerate(ids)}
    table = read_table_file(path, names_image=place.__contains__)
    chosen = _column(table, place, column)
    listed = table.cells[chosen]
    names = [_known(name, place) for name in listed.dropna()]
    different = dict.fromkeys(names)
    rows = np.array(sorted(place[name] for name in different if name in place), dtype=np.int64)
    return IdList(
        column=chosen,
        columns=tuple(table.cells.columns),
        listed=len(different),
        rows=rows,
        unknown=tuple(name for name in different if name not in place),
        repeated=len(names) - len(different),
        without_id=int(listed.isna().sum()),
        notes=(*table.notes, *(f"row {row}: {reason}" for row, reason in table.problems)),
    )


def _column(table: TextTable, place: Mapping[str, int], column: str | None) -> str:
    names = list(table.cells.columns)
    if column is not None:
        if column not in names:
            raise CaeError(
                f"The table has no column {column!r}; choose one of {', '.join(names[:20])}."
            )
        return column
    if ID in names or len(names) == 1:
        return ID if ID in names else str(names[0])
    hits = {
        name: sum(_known(value, place) in place for value in table.cells[name].dropna())
        for name in names
    }
    return max(names, key=hits.__getitem__)


def _known(name: str, place: Mapping[str, int]) -> str:
    if name not in place and name[:1] == "'" and name[1:].startswith(_GUARDED):
        return name[1:]
    return name
