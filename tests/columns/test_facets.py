import numpy as np
import pandas as pd
import pytest

from cae.columns.facets import MOST_BINS, facet_of, kind_of
from cae.columns.query import query_rows

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, 2.5, None], "numbers"),
        ([1, 2, 3], "categories"),
        (list(range(11)), "numbers"),
        ([True, False, True], "categories"),
        (["a", None, "b"], "categories"),
        ([f"scan {n}" for n in range(61)], "text"),
        (pd.to_datetime(["2020-01-01", None]), "dates"),
        ([None, None], "categories"),
    ],
)
def test_kinds_of_columns(values, kind):
    facet = facet_of(pd.Series(values))
    assert facet.kind == kind == kind_of(pd.Series(values))
    assert len(facet.codes) == len(values)


def test_clusters_are_categories_however_many_there_are():
    clusters = pd.Series([*range(100), -1], name="cluster")
    facet = facet_of(clusters)
    assert facet.kind == "categories"
    assert facet.lows == tuple(map(str, range(-1, 100)))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 37.0, 1e9])
def test_every_number_lies_in_its_bin(scale):
    values = pd.Series(RANDOM.normal(size=500) * scale)
    values[::50] = np.nan
    facet = facet_of(values)
    assert 15 <= len(facet.lows) <= MOST_BINS + 2
    assert all(high <= low for high, low in zip(facet.highs, facet.lows[1:], strict=False))
    for value, code in zip(values, facet.codes, strict=True):
        if np.isnan(value):
            assert code == len(facet.lows)
        else:
            assert facet.lows[code] <= value <= facet.highs[code]


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64"])
def test_the_range_of_a_bar_keeps_what_the_bar_counts(dtype):
    scores = np.round(RANDOM.gamma(2, 1.3, 400), 1)
    table = pd.DataFrame({"score": pd.Series(scores, dtype=dtype)})
    facet = facet_of(table["score"])
    kept = [
        query_rows(table, f"score between {low!r} and {high!r}").sum()
        for low, high in zip(facet.lows, facet.highs, strict=True)
    ]
    assert kept == facet.counts(np.ones(400, dtype=bool))[:-1].tolist()
    assert max(len(str(high)) for high in facet.highs) < 8 or dtype == "float32"


def test_whole_numbers_have_bins_that_do_not_touch():
    values = pd.Series(RANDOM.integers(18, 95, 400), dtype="Int64")
    facet = facet_of(values)
    for value, code in zip(values, facet.codes, strict=True):
        assert facet.lows[code] <= value <= facet.highs[code]
    assert all(high + 1 == low for high, low in zip(facet.highs[:-1], facet.lows[1:], strict=True))


def test_round_ends():
    facet = facet_of(pd.Series(np.linspace(0, 1, 101)))
    assert (facet.lows[0], facet.highs[-1]) == (0.0, 1.0)
    assert facet.lows[:3] == [0.0, 0.05, 0.1]


@pytest.mark.parametrize("value", [0.5, -3.25, 0.0001])
def test_one_number_alone_is_in_a_bin(value):
    facet = facet_of(pd.Series([value, value]))
    assert facet.lows[facet.codes[0]] <= value <= facet.highs[facet.codes[0]]


def test_infinite_numbers_count_as_missing():
    facet = facet_of(pd.Series([0.5, np.inf, 2.5]))
    assert facet.codes[1] == len(facet.lows)


@pytest.mark.parametrize("span", [1, 30, 400, 30_000])
def test_every_day_lies_in_its_bin(span):
    offsets = pd.to_timedelta(RANDOM.integers(0, span, 200), unit="D")
    values = pd.Series(pd.Timestamp("1990-05-03 13:00") + offsets)
    values[7] = pd.NaT
    facet = facet_of(values)
    assert facet.codes[7] == len(facet.lows) <= MOST_BINS + 2
    for value, code in zip(values, facet.codes, strict=True):
        if not pd.isna(value):
            day = value.date().isoformat()
            assert facet.lows[code] <= day <= facet.highs[code]


def test_categories_are_sorted_as_numbers_where_they_are_some():
    facet = facet_of(pd.Series(["10", "9", None, "10", "site"]))
    assert facet.lows == ("9", "10", "site")
    assert facet.codes.tolist() == [1, 0, 3, 1, 2]


def test_counts_are_those_of_pandas():
    values = pd.Series(RANDOM.choice(["a", "b", "c"], 300))
    values[RANDOM.random(300) < 0.1] = None
    facet = facet_of(values)
    chosen = RANDOM.random(300) < 0.4
    for rows in (chosen, np.flatnonzero(chosen)):
        counts = facet.counts(rows)
        expected = values[chosen].value_counts()
        assert counts[:-1].tolist() == [expected[name] for name in facet.lows]
        assert counts[-1] == values[chosen].isna().sum()


def test_a_column_without_values():
    facet = facet_of(pd.Series([np.nan, np.nan], dtype=float))
    assert facet.counts(np.array([0, 1])).tolist() == [2]
