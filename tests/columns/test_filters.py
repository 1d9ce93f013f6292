import numpy as np
import pandas as pd
import pytest

from cae.columns.filters import QUERY, describe, fitting, in_scope

TABLE = pd.DataFrame(
    {
        "age": [10.0, 20.0, np.nan, 40.0, 50.0],
        "grade": pd.array([1, 2, None, 2, 3], dtype="Int64"),
        "site": ["left", None, "right", "left", "right"],
        "scanned": pd.to_datetime(
            ["2020-01-01 23:59", "2020-01-02 00:00", None, "2021-06-30 00:00", "2020-02-01 00:00"]
        ),
    }
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"age": {"low": 20, "high": 40}}, [1, 3]),
        ({"age": {"low": 20, "high": 40, "missing": True}}, [1, 2, 3]),
        ({"site": {"values": ["left"]}}, [0, 3]),
        ({"site": {"values": ["left"], "missing": True}}, [0, 1, 3]),
        ({"site": {"values": []}}, []),
        ({"grade": {"values": ["2"]}}, [1, 3]),
        ({"age": {"low": 20, "high": 60}, "site": {"values": ["left"]}}, [3]),
        ({"scanned": {"low": "2020-01-01", "high": "2020-02-01"}}, [0, 1, 4]),
        ({"scanned": {"low": "2020-01-01", "high": "2020-01-01"}}, [0]),
        ({"scanned": {"low": "2021-01-01", "high": "2022-01-01", "missing": True}}, [2, 3]),
        ({"site": {"contains": "EF"}}, [0, 3]),
        ({"site": {"contains": "."}}, []),
        ({"site": {"contains": "no", "missing": True}}, [1]),
        ({"site": {"contains": "nan"}}, []),
        ({QUERY: {"expression": "age < 15 or site is missing"}}, [0, 1]),
        ({QUERY: {"expression": "age > 15"}, "site": {"values": ["left"]}}, [3]),
        ({"gone": {"values": ["x"]}}, [0, 1, 2, 3, 4]),
        ({"site": {"low": 1, "high": 2}}, [0, 2, 3, 4]),
    ],
)
def test_rows_in_scope(filters, expected):
    assert np.flatnonzero(in_scope(TABLE, filters)).tolist() == expected


@pytest.mark.parametrize(
    "filters",
    [
        {"age": 3},
        {"age": {"low": "1", "high": 2}},
        {"age": {"low": float("nan"), "high": 2}},
        {"age": {"values": ["10"]}},
        {"site": {"low": 1, "high": 2}},
        {"site": {"values": "left"}},
        {"scanned": {"low": 3, "high": 4}},
        {"scanned": {"low": "yesterday", "high": "2020-01-01"}},
        {"scanned": {"values": ["2020-01-01"]}},
        {"site": {"contains": 3}},
        {"gone": {"values": []}},
        {QUERY: {"expression": "agee > 3"}},
        {QUERY: {"expression": 3}},
        {QUERY: {"values": ["3"]}},
    ],
)
def test_filters_that_make_no_sense_are_dropped(filters):
    sound = {"grade": {"values": ["1"]}}
    table = TABLE.assign(age=[10.5, 20, None, 40, 50])
    assert fitting(table, filters | sound) == sound


def test_a_sound_query_is_kept():
    filters = {QUERY: {"expression": "age > 20 and site contains 'l'"}}
    assert fitting(TABLE, filters) == filters


def test_a_filter_in_words():
    assert describe(QUERY, {"expression": "age > 20"}) == "age > 20"
    assert describe("x_mm", {"low": -1.5, "high": 3}) == "X mm: -1.5 to 3"
    assert describe("site", {"values": ["left"], "missing": True}) == "Site: left, missing"
    assert describe("site", {"values": []}) == "Site: nothing"
    assert describe("site", {"contains": "ef"}) == "Site contains “ef”"
    assert describe("cluster", {"values": ["-1", "2"]}) == "Cluster: unclustered, 2"
    assert describe("age", {"low": 1234567, "high": 0.25}) == "Age: 1234567 to 0.25"
    dates = {"low": "2020-01-01", "high": "2020-02-01", "missing": True}
    assert describe("scanned", dates) == "Scanned: 2020-01-01 to 2020-02-01 or missing"
