import pandas as pd
import pytest

from cae.sources.column_types import infer_type


def column(*values):
    return pd.Series(list(values), dtype="str")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["1", "-2", "+3", "0"], "int64", [1, -2, 3, 0]),
        (["1", "2.5", "-.5", "1e3", "3."], "float64", [1, 2.5, -0.5, 1000, 3]),
        (["true", "False", "TRUE"], "bool", [True, False, True]),
        (["yes", "No"], "bool", [True, False]),
        (["007", "012"], "str", ["007", "012"]),
        (["1", "two"], "str", ["1", "two"]),
        (["1,5", "2,0"], "str", ["1,5", "2,0"]),
        (["f", "f"], "str", ["f", "f"]),
        (["inf", "1"], "str", ["inf", "1"]),
        (["1e999", "1"], "str", ["1e999", "1"]),
        ([".", "-"], "str", [".", "-"]),
        (["99999999999999999999", "1"], "str", ["99999999999999999999", "1"]),
        (["٣", "1"], "str", ["٣", "1"]),
    ],
)
def test_types(values, dtype, expected):
    inferred = infer_type(column(*values))
    assert inferred.dtype == dtype
    assert inferred.tolist() == expected


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["1", None], "Int64"),
        (["1.5", None], "float64"),
        (["yes", None], "boolean"),
        (["2020-01-31", None], "datetime64[us]"),
        (["x", None], "str"),
        ([None, None], "str"),
    ],
)
def test_missing_stays_missing(values, dtype):
    inferred = infer_type(column(*values))
    assert inferred.dtype == dtype
    assert inferred.isna().tolist() == [value is None for value in values]


def test_decimal_commas():
    assert infer_type(column("3,14", "2", "-,5"), decimal_comma=True).tolist() == [3.14, 2, -0.5]
    assert infer_type(column("3.14", "2"), decimal_comma=True).tolist() == [3.14, 2]
    assert infer_type(column("3,14", "2.5"), decimal_comma=True).dtype == "str"
    assert infer_type(column(",", "1"), decimal_comma=True).dtype == "str"


@pytest.mark.parametrize(
    "values",
    [
        ["2020-01-31", "2019-12-01"],
        ["2020-01-31 12:30", "2019-12-01 00:00"],
        ["2020-01-31T12:30:05", "2019-12-01T00:00:00"],
        ["2020/01/31", "2019/12/01"],
        ["31.01.2020", "01.12.2019"],
        ["31/01/2020", "01/12/2019"],
        ["01/31/2020", "12/01/2019"],
    ],
)
def test_dates(values):
    dates = infer_type(column(*values))
    assert dates.dtype.kind == "M"
    assert (dates.dt.year.tolist(), dates.dt.month.tolist()) == ([2020, 2019], [1, 12])


@pytest.mark.parametrize("values", [["03/04/2020"], ["2020-02-30"], ["31/01/2020", "01/31/2020"]])
def test_dates_that_say_too_little_stay_text(values):
    assert infer_type(column(*values)).tolist() == values


def test_the_index_stays():
    inferred = infer_type(pd.Series(["1", "2"], index=[5, 9], dtype="str"))
    assert inferred.index.tolist() == [5, 9]
