import numpy as np
import pytest

from cae.sources.parquet.runs import rows_in, runs_of


@pytest.mark.parametrize("rows", [[], [5], [0, 1, 2], [0, 2, 4], [3, 4, 9, 10, 11, 40]])
def test_runs_hold_the_rows(rows):
    runs = runs_of(rows)
    assert list(rows_in(runs)) == rows
    assert all(behind < first for (_, behind), (first, _) in zip(runs, runs[1:], strict=False))


def test_rows_without_gaps_are_one_run():
    assert runs_of(range(3, 10_000_000)) == [[3, 10_000_000]]
    assert runs_of(range(0)) == []
    drawn = np.sort(np.random.default_rng(0).choice(1000, 400, replace=False)).tolist()
    assert list(rows_in(runs_of(drawn))) == drawn
