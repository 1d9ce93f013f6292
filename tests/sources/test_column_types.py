import pandas as pd
import pytest

from cae.sources.column_types import infer_type, unread_values


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


def test_none_is_no_number_and_a_value_among_words():
    assert infer_type(column("none", "1.5", "2.5", "Nil", "None")).isna().sum() == 3
    assert infer_type(column("2020-01-31", "none")).dtype.kind == "M"
    words = ["none", "mild", "None", "severe"]
    assert infer_type(column(*words)).tolist() == words


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


@pytest.mark.parametrize(
    ("values", "comma", "expected"),
    [
        (["1,234", "2,345", "12,345"], False, [1234, 2345, 12345]),
        (["1,234.5", "2"], False, [1234.5, 2]),
        (["1 234", "12 345 678"], False, [1234, 12345678]),
        (["1'234.5", "7"], False, [1234.5, 7]),
        (["1.234,5", "2"], False, [1234.5, 2]),
        (["1.234,5", "567,8"], True, [1234.5, 567.8]),
        (["1.234.567", "12"], True, [1234567, 12]),
        (["1\u202f234,5", "2,5"], True, [1234.5, 2.5]),
        (["365 days", "30 days", "7"], False, [365, 30, 7]),
    ],
)
def test_numbers_as_people_write_them(values, comma, expected):
    found = infer_type(column(*values), decimal_comma=comma)
    assert found.dtype.kind in "if"
    assert found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("values", "bad"),
    [
        (["1", "2", "3", "4", "n.d."], ["n.d."]),
        (["1", "2", "3", "?", "-", "unknown"], ["?", "-", "unknown"]),
        (["2020-01-10"] * 5 + ["2020-02-30"], ["2020-02-30"]),
        ([str(n) for n in range(300)] + ["a", "b"], ["a", "b"]),
    ],
)
def test_a_value_or_two_do_not_make_text_of_a_column(values, bad):
    found = infer_type(column(*values))
    assert found.dtype.kind in "iM"
    assert unread_values(column(*values), found) == bad
    assert found.notna().sum() == len(values) - len(bad)


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2", "3", "4", "n.d.", "x.y."],
        ["1", "2", "3", "4", "007"],
        ["10001", "10002", "10003", "10004", "10005A"],
        ["1", "2", "3", "123456789012345678901"],
    ],
)
def test_codes_and_many_others_do(values):
    found = infer_type(column(*values))
    assert found.tolist() == values
    assert unread_values(column(*values), found) == []


def test_fractions_are_not_lost_among_whole_numbers():
    values = [str(n) for n in range(400)] + ["2.5"]
    assert infer_type(column(*values)).tolist() == [float(text) for text in values]
