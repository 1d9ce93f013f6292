"""Ascending numbers of rows as runs, which are told in little room however many they are."""

from collections.abc import Iterator, Sequence

import numpy as np


def runs_of(rows: Sequence[int]) -> list[list[int]]:
    """Return ascending rows as runs of first and behind the last.

    Example:
        >>> from cae.sources.parquet.runs import runs_of
        >>> runs_of([2, 3, 4, 9])
        [[2, 5], [9, 10]]
    """
    if isinstance(rows, range):
        return [[rows.start, rows.stop]] if rows else []
    numbers = np.asarray(rows, int)
    parts = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
    return [[int(part[0]), int(part[-1]) + 1] for part in parts if len(part)]


def rows_in(runs: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yield the rows of runs."""
    for first, stop in runs:
        yield from range(first, stop)
