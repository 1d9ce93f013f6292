import numpy as np
import pandas as pd
import pytest

from pages.components.filters import describe, fitting, in_scope

TABLE = pd.DataFrame(
    {
        "age": [10.0, 20.0, np.nan, 40.0, 50.0],
        "grade": pd.array([1, 2, None, 2, 3], dtype="Int64"),
        "site": ["left", None, "right", "left", "right"],
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
        {"gone": {"values": []}},
    ],
)
def test_filters_that_make_no_sense_are_dropped(filters):
    sound = {"grade": {"values": ["1"]}}
    table = TABLE.assign(age=[10.5, 20, None, 40, 50])
    assert fitting(table, filters | sound) == sound


def test_a_filter_in_words():
    assert describe("x_mm", {"low": -1.5, "high": 3}) == "X mm: -1.5 to 3"
    assert describe("site", {"values": ["left"], "missing": True}) == "Site: left, missing"
    assert describe("site", {"values": []}) == "Site: nothing"
