import numpy as np
import pandas as pd
import pytest

from pages.components.gallery.gallery_order import ranking


@pytest.mark.parametrize("missing", [np.nan, None])
def test_missing_values_come_last_both_ways(missing):
    values = pd.Series([2.0, missing, 1.0, 3.0], index=[7, 8, 9, 10])
    assert ranking(values, descending=False).tolist() == [2, 0, 3, 1]
    assert ranking(values, descending=True).tolist() == [3, 0, 2, 1]


@pytest.mark.parametrize("descending", [False, True])
def test_equal_values_keep_their_order(descending):
    assert ranking(pd.Series([1, 1, 1, 1]), descending).tolist() == [0, 1, 2, 3]


def test_texts_and_dates_are_sorted_too():
    assert ranking(pd.Series(["b", None, "a"]), descending=False).tolist() == [2, 0, 1]
    dates = pd.Series(pd.to_datetime(["2021-01-01", None, "2020-01-01"]))
    assert ranking(dates, descending=True).tolist() == [0, 2, 1]
