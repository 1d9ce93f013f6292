import numpy as np
import pandas as pd
import pytest

from pages.components.decode.anchor_picker import matching_rows


@pytest.fixture
def ids() -> pd.Series:
    return pd.Series(["scan 10", "1", "x1.png", "10", "SCAN 1"])


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ("1", [1, 3, 0, 2, 4]),
        ("scan 1", [4, 0]),
        (".", [2]),
        ("(", []),
        ("nothing", []),
    ],
)
def test_an_exact_id_comes_first_then_beginnings_then_parts(ids, wanted, rows):
    assert matching_rows(ids, wanted, 9).tolist() == rows


def test_not_more_than_asked_for(ids):
    assert matching_rows(ids, "1", 2).tolist() == [1, 3]
    numbers = pd.Series(np.arange(2000))
    assert matching_rows(numbers, "199", 3).tolist() == [199, 1990, 1991]
