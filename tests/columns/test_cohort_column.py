"""Cohorts in the query language: written, read, and evaluated as sets."""

import numpy as np
import pandas as pd
import pytest

from cae.columns.cohort_column import cohort_column, cohort_of, with_cohorts
from cae.columns.colours import MISSING, table_colours
from cae.columns.expression import (
    Both,
    Comparison,
    Not,
    columns_in,
    read_query,
    with_column_renamed,
    write_query,
)
from cae.columns.facets import facet_of
from cae.columns.filters import category_title, chosen_query, describe
from cae.columns.query import query_rows
from cae.columns.titles import column_title
from cae.errors import CaeError

TABLE = pd.DataFrame({"age": [10, 20, 30, 40], "cohort": ["A", "B", "A", "B"]})
ROWS = {"odd": np.array([1, 3]), 'the "late" ones': np.array([2, 3]), "far": np.array([9])}


def rows(query: str) -> list[int]:
    table = with_cohorts(TABLE, columns_in(read_query(query)), ROWS.__getitem__)
    return np.flatnonzero(query_rows(table, query)).tolist()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('cohort("odd")', [1, 3]),
        ("COHORT('odd')", [1, 3]),
        ('not cohort("odd")', [0, 2]),
        ('cohort("odd") and age > 20', [3]),
        ('cohort("odd") or cohort("the ""late"" ones")', [1, 2, 3]),
        ("cohort('the \"late\" ones') == false", [0, 1]),
        ('cohort("odd") in ("True")', [1, 3]),
        ('cohort("odd") not in (true)', [0, 2]),
        ('cohort == "A" and not cohort("odd")', [0, 2]),
        ('cohort in ("B")', [1, 3]),
    ],
)
def test_a_cohort_is_a_condition(query: str, found: list[int]):
    assert rows(query) == found
    assert rows(write_query(read_query(query))) == found


def test_it_is_written_as_it_is_read():
    part = Comparison(cohort_column("odd"), "==", True)
    assert read_query('cohort("odd")') == part
    assert write_query(part) == 'cohort("odd")'
    assert write_query(Both((Not(part), part))) == 'not cohort("odd") and cohort("odd")'
    quoted = 'cohort("the ""late"" ones")'
    assert cohort_of(cohort_column('the "late" ones')) == 'the "late" ones'
    assert write_query(read_query(quoted)) == quoted
    assert cohort_of("cohort") is cohort_of('cohort("a") ') is None


def test_a_column_is_renamed_wherever_it_stands():
    query = read_query('not (cohort("a") or age in (1)) and cohort("ab")')
    renamed = with_column_renamed(query, cohort_column("a"), cohort_column("b"))
    assert write_query(renamed) == 'not (cohort("b") or age in (1)) and cohort("ab")'


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("cohort(odd)", "the name of a cohort in quotes"),
        ('cohort("odd"', "expected is \\)"),
        ('cohort("odd") age', "and, or, or the end"),
        ('cohort("odd") > 3', "true or false"),
    ],
)
def test_what_is_wrong_is_said(query: str, said: str):
    with pytest.raises(CaeError, match=said):
        rows(query)


def test_unknown_and_foreign_cohorts_are_said():
    table = with_cohorts(TABLE, [cohort_column("odd")], ROWS.__getitem__)
    with pytest.raises(CaeError, match="no cohort named 'od'; choose one of 'odd'"):
        query_rows(table, 'cohort("od")')
    with pytest.raises(CaeError, match="no cohort named 'od'; save it first"):
        query_rows(TABLE, 'cohort("od")')
    with pytest.raises(CaeError, match="saved on other images"):
        with_cohorts(TABLE, [cohort_column("far")], ROWS.__getitem__)


def test_on_screen_it_is_called_by_its_name():
    column = cohort_column("odd")
    table = with_cohorts(TABLE, [column], ROWS.__getitem__)
    assert column_title(column) == "Cohort “odd”"
    colours = table_colours(table, column)
    assert [level.name for level in colours.levels] == ["in the cohort", "outside"]
    assert [colours.rows(level).tolist() for level in (0, 1)] == [[1, 3], [0, 2]]
    assert colours.levels[1].colour == MISSING
    facet = facet_of(table[column])
    assert [category_title(column, str(low), {}) for low in facet.lows] == [
        "outside",
        "in the cohort",
    ]
    query = chosen_query(column, {"values": ["True"]})
    assert query is not None
    assert rows(query) == [1, 3]
    assert describe(query) == "Cohort “odd”: in the cohort"
