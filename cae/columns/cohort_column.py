"""The column that says of each image whether it is in a cohort, as queries name it.

It is called ``cohort("NAME")`` and holds true and false; no table on disk has it.
"""

import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from cae.errors import CaeError

_COLUMN = re.compile(r'cohort\("((?:[^"]|"")*)"\)')


def cohort_column(name: str) -> str:
    """Return the column of a cohort.

    Example:
        >>> cohort_column('the "odd" ones')
        'cohort("the ""odd"" ones")'
    """
    quoted = name.replace('"', '""')
    return f'cohort("{quoted}")'


def cohort_of(column: str) -> str | None:
    """Return the name of the cohort that a column is of, None where it is of none."""
    found = _COLUMN.fullmatch(column)
    return None if found is None else found[1].replace('""', '"')


def with_cohorts(
    table: pd.DataFrame, columns: Iterable[str], rows_of: Callable[[str], np.ndarray]
) -> pd.DataFrame:
    """Return a table beside those of `columns` that are of cohorts.

    Args:
        table: one row per image, index 0…N−1.
        columns: of any kind; those that are of no cohort are passed over.
        rows_of: returns the ascending rows of a cohort by its name; raises `CaeError` where there
            is none.

    Raises:
        CaeError: there is no such cohort, or it is of more images than the table has.
    """
    added = {}
    for column in columns:
        name = cohort_of(column)
        if name is None or column in table:
            continue
        rows, is_in = rows_of(name), np.zeros(len(table), dtype=bool)
        if len(rows) and rows[-1] >= len(table):
            raise CaeError(f"The cohort {name!r} was saved on other images; choose another one.")
        is_in[rows] = True
        added[column] = is_in
    return pd.concat([table, pd.DataFrame(added)], axis=1) if added else table
