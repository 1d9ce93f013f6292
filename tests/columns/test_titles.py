import numpy as np
import pandas as pd
import pytest

from cae.columns.titles import cluster_number, value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-22.714, "−22.71"),
        (np.float32(-0.5), "−0.5"),
        (np.int64(-1), "−1"),
        (np.float64(20230101.0), "20230101"),
        (True, "True"),
        (np.bool_(False), "False"),
        ("-1", "-1"),
        (None, "missing"),
        (pd.NA, "missing"),
        (pd.Timestamp("2024-05-31"), "2024-05-31 00:00:00"),
    ],
)
def test_numbers_have_minus_signs_and_texts_stay(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("called", "number"),
    [
        ("Loops", 2),
        ("loops", None),
        ("Cluster 12", 12),
        ("cluster 12", 12),
        ("12", 12),
        ("-1", -1),
        ("Unclustered", -1),
        ("Cluster", None),
        ("Cluster " + 99 * "1", None),
        ("", None),
    ],
)
def test_a_cluster_goes_by_its_name_or_number(called, number):
    assert cluster_number(called, {2: "Loops"}) == number
