import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.methods.clinical_labels import can_be_clinical, clinical_labels

ALL = np.arange(40)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "eye": ["left", "right"] * 20,
            "severity": [0, 1, 2, 2] * 10,
            "acuity": np.linspace(10, 90, 40),
            "smoker": pd.array([True, False, None, True] * 10, dtype="boolean"),
            "site": "Rome",
            "note": pd.array([None] * 40, dtype="string"),
            "seen": pd.date_range("2020-01-01", periods=40),
        }
    )


def test_values_are_classes_and_missing_is_none(table):
    table.loc[3, "eye"] = None
    found = clinical_labels(table, ["eye", "severity", "smoker"], ALL)
    assert found.shape == (40, 3)
    assert found[:4, 0].tolist() == [0, 1, 0, -1]
    assert found[:4, 1].tolist() == [0, 1, 2, 2]
    assert found[:4, 2].tolist() == [1, 0, -1, 1]


def test_many_numbers_are_cut_at_quantiles_as_pandas_does(table):
    found = clinical_labels(table, ["acuity"], ALL)[:, 0]
    expected = pd.qcut(table["acuity"], 4, labels=False)
    assert np.array_equal(found, expected)
    assert np.bincount(found).tolist() == [10, 10, 10, 10]


def test_cuts_and_values_are_learnt_from_training_rows_alone(table):
    table["eye"] = table["eye"].where(table.index != 39, "both")
    table.loc[0, "acuity"] = np.nan
    found = clinical_labels(table, ["eye", "acuity"], np.arange(20))
    assert found[39, 0] == -1
    assert found[0, 1] == -1
    assert (found[20:, 1] == 3).all()
    assert np.bincount(found[1:20, 1]).max() <= 6


def test_no_column_is_no_label(table):
    assert clinical_labels(table, [], ALL).shape == (40, 0)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("age", "no column 'age'"),
        ("site", "the same value everywhere"),
        ("note", "is empty"),
        ("seen", "holds dates"),
    ],
)
def test_a_column_that_tells_nothing_is_refused(table, column, words):
    with pytest.raises(CaeError, match=words):
        clinical_labels(table, [column], ALL)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["left", "right"] * 20, True),
        ([f"scan {row}" for row in range(40)], False),
        ([f"patient {row // 2}" for row in range(40)], True),
        (np.linspace(10, 90, 40), True),
        (np.arange(40) * 7, False),
        (np.arange(40) // 2, True),
        ([None, 1.0, 2.0, None] * 10, True),
        (pd.array([True, False, None, True] * 10, dtype="boolean"), True),
        (["Rome"] * 40, False),
        ([None] * 40, False),
        (pd.date_range("2020-01-01", periods=40), False),
    ],
)
def test_columns_by_which_images_belong_together_are_known(values, expected):
    assert can_be_clinical(pd.Series(values)) is expected
