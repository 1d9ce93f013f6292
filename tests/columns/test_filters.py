import json

import numpy as np
import pandas as pd
import pytest

from cae.columns.expression import read_query
from cae.columns.filters import (
    apart,
    choice_of,
    chosen_query,
    column_of,
    describe,
    fitting,
    in_scope,
    together,
    with_cluster_names,
    with_cluster_numbers,
)
from cae.columns.query import query_rows
from cae.errors import CaeError

TABLE = pd.DataFrame(
    {
        "age": [10.0, 20.0, np.nan, 40.0, 50.0],
        "grade": pd.array([1, 2, None, 2, 3], dtype="Int64"),
        "stage": [1.0, 2.0, np.nan, 2.0, 3.0],
        "is_old": pd.array([True, False, None, False, True], dtype="boolean"),
        "site": ["left", None, "right", "left", "right"],
        "code": ["007", "7", "7.0", None, "a \"b\" 'c'"],
        "scanned": pd.to_datetime(
            ["2020-01-01 23:59", "2020-01-02 00:00", None, "2021-06-30 00:00", "2020-02-01 00:00"]
        ),
        "odd `name`": ["x", "y", None, "x", "y"],
    }
)
CHOICES = [
    ("age", {"low": 20, "high": 40}, [1, 3]),
    ("age", {"low": 20.5, "high": 1e300}, [3, 4]),
    ("age", {"low": 20, "high": 40, "missing": True}, [1, 2, 3]),
    ("site", {"values": ["left"]}, [0, 3]),
    ("site", {"values": ["left"], "missing": True}, [0, 1, 3]),
    ("site", {"values": []}, []),
    ("site", {"values": [], "missing": True}, [1]),
    ("grade", {"values": ["2"]}, [1, 3]),
    ("grade", {"values": ["1", "3"], "missing": True}, [0, 2, 4]),
    ("stage", {"values": ["2"]}, [1, 3]),
    ("is_old", {"values": ["True"]}, [0, 4]),
    ("is_old", {"values": ["False"], "missing": True}, [1, 2, 3]),
    ("code", {"values": ["7"]}, [1]),
    ("code", {"values": ["007", "7.0"]}, [0, 2]),
    ("code", {"values": ["a \"b\" 'c'"]}, [4]),
    ("scanned", {"low": "2020-01-01", "high": "2020-02-01"}, [0, 1, 4]),
    ("scanned", {"low": "2020-01-01", "high": "2020-01-01"}, [0]),
    ("scanned", {"low": "2021-01-01", "high": "2022-01-01", "missing": True}, [2, 3]),
    ("site", {"contains": "EF"}, [0, 3]),
    ("site", {"contains": "."}, []),
    ("site", {"contains": "no", "missing": True}, [1]),
    ("site", {"contains": "nan"}, []),
    ("odd `name`", {"values": ["x"]}, [0, 3]),
]


@pytest.mark.parametrize(("column", "choice", "expected"), CHOICES)
def test_every_choice_of_a_panel_is_a_query_and_comes_back_from_it(column, choice, expected):
    query = chosen_query(column, json.loads(json.dumps(choice)))
    assert np.flatnonzero(in_scope(TABLE, [query])).tolist() == expected
    assert choice_of(query, TABLE) == choice
    assert column_of(query) == column
    assert fitting(TABLE, [query]) == apart(together([query])) == (query,)


def test_a_number_that_was_kept_with_decimals_is_the_category_without():
    for kept in ("stage in (2.0)", chosen_query("stage", {"values": ["2.0"]})):
        assert np.flatnonzero(in_scope(TABLE, [kept])).tolist() == [1, 3]
        assert choice_of(kept, TABLE) == {"values": ["2"]}
        assert describe(kept, table=TABLE) == "Stage: 2"
    assert choice_of("code in (7.0)", TABLE) == {"values": ["7.0"]}
    assert describe("code in (7.0, 007)", table=TABLE) == "Code: 7.0, 007"


def test_queries_combine():
    assert in_scope(TABLE, []).all()
    queries = ["age > 15", 'site in ("left")', "grade == 2 or site is missing"]
    assert np.flatnonzero(in_scope(TABLE, queries)).tolist() == [3]
    assert apart(together(queries)) == tuple(queries)
    assert apart("age > 15 and (AGE_ == 1 and age>15)") == ("age > 15", "AGE_ == 1")
    assert apart("(age > 15 and grade == 2) and site is missing") == (
        "age > 15",
        "grade == 2",
        "site is missing",
    )


@pytest.mark.parametrize(
    "choice",
    [
        3,
        None,
        [],
        {},
        {"low": "1", "high": 2},
        {"low": float("nan"), "high": 2},
        {"low": float("inf"), "high": 2},
        {"low": True, "high": 2},
        {"low": 1},
        {"values": "left"},
        {"contains": 3},
    ],
)
def test_what_makes_no_sense_is_no_query(choice):
    assert chosen_query("age", choice) is None


def test_queries_that_do_not_fit_the_table_are_dropped():
    wrong = ["age between 'a' and 'b'", "site between 1 and 2", "scanned between 3 and 4"]
    wrong += ['age in ("x")', "gone in ()", "agee > 3", "age >", ""]
    assert fitting(TABLE, [*wrong, "grade in (1)"]) == ("grade in (1)",)


def test_what_a_panel_cannot_show_has_no_choice():
    for query in (
        "age > 3",
        "age not in (3)",
        "age in (3) or site is missing",
        "age is not missing",
    ):
        assert choice_of(query, TABLE) == {}
        assert describe(query) == query
    assert column_of("age > 3 and site is missing") is None
    with pytest.raises(CaeError, match="ends too early"):
        apart("age >")


def test_a_filter_in_words():
    assert describe("age > 20") == "age > 20"
    assert describe("age >") == "age >"
    assert describe("x_mm between -1.5 and 3") == "X mm: −1.5 to 3"
    assert describe('site in ("left") or site is missing') == "Site: left, missing"
    assert describe("site in ()") == "Site: nothing"
    assert describe("site is missing") == "Site: missing"
    assert describe('site contains "ef"') == "Site contains “ef”"
    assert describe("cluster in (-1, 2, 3)", {3: "blue"}) == "Cluster: unclustered, 2, blue"
    assert describe("age between 1234567 and 0.25") == "Age: 1234567 to 0.25"
    dates = 'scanned between "2020-01-01" and "2020-02-01" or scanned is missing'
    assert describe(dates) == "Scanned: 2020-01-01 to 2020-02-01 or missing"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('cluster == "Loops"', "cluster == 3"),
        ('cluster != "Loops" or age > 3', "cluster != 3 or age > 3"),
        ('not (cluster in ("Loops", 1, "unclustered"))', "not cluster in (3, 1, -1)"),
        ('site == "Loops"', 'site == "Loops"'),
        ('cluster == "Nobody"', 'cluster == "Nobody"'),
        ('cluster in ("Cluster 2", "whorls 1")', 'cluster in (2, "whorls 1")'),
        ('cluster == "Unclustered"', "cluster == -1"),
        ('cluster contains "o"', "cluster in (1, 3)"),
        ('cluster not contains "UNCLUST"', "cluster not in (-1)"),
        ('cluster contains "x"', "cluster in ()"),
        ('site contains "Loop"', 'site contains "Loop"'),
        ("cluster  ==  3", "cluster  ==  3"),
    ],
)
def test_clusters_are_called_by_their_names(query, expected):
    names = {3: "Loops", 1: "Whorls"}
    found = with_cluster_numbers(query, names, pd.DataFrame({"cluster": [1, 3]}))
    assert read_query(found) == read_query(expected)
    if read_query(query) == read_query(expected):
        assert found == query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('cluster contains "cluster"', "cluster in (0, 1, 3, 10, -1)"),
        ('cluster not contains "Cluster"', "cluster not in (0, 1, 3, 10, -1)"),
        ('cluster contains "Cluster 1"', "cluster in (1, 10)"),
        ('cluster contains "1"', "cluster in (1, 2, 10)"),
    ],
)
def test_clusters_without_a_name_are_called_as_the_legend_calls_them(query, expected):
    table = pd.DataFrame({"cluster": [0, 1, 2, 3, 10, -1, 2]})
    found = with_cluster_numbers(query, {2: "Type 1"}, table)
    rows = [query_rows(table, one).tolist() for one in (found, expected)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cluster == 3", 'cluster == "Loops"'),
        ("not cluster in (3, 1, 2, -1)", 'not cluster in ("Loops", "Whorls", 2, -1)'),
        ("cluster  ==  2 or age == 3", "cluster  ==  2 or age == 3"),
        ("cluster == true", "cluster == true"),
    ],
)
def test_people_read_the_names_of_clusters(query, expected):
    names = {3: "Loops", 1: "Whorls"}
    assert with_cluster_names(query, names) == expected
    assert describe("cluster == 3 and age > 2", names) == 'cluster == "Loops" and age > 2'


def test_a_cluster_that_nobody_named_so_is_told_in_a_sentence():
    table = pd.DataFrame({"cluster": [0, 1]})
    with pytest.raises(CaeError, match="There is no cluster called “Lops”"):
        query_rows(table, 'cluster == "Lops"')
