import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from cae.evaluation.reliability import BINS, calibration_error, reliability


@pytest.fixture
def said():
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=500)
    return probability, rng.uniform(size=500) < probability


def test_bins_equal_scikit_learn(said):
    probability, is_true = said
    share, mean = calibration_curve(is_true, probability, n_bins=BINS)
    bins = reliability(probability, is_true)
    np.testing.assert_allclose([one.share for one in bins], share)
    np.testing.assert_allclose([one.probability for one in bins], mean)
    assert sum(one.images for one in bins) == 500
    assert all(one.low <= one.probability <= one.high for one in bins)


def test_the_error_equals_a_naive_sum(said):
    probability, is_true = said
    expected = 0.0
    for low in np.arange(10) / 10:
        inside = (probability >= low) & (probability < low + 0.1)
        expected += abs(is_true[inside].sum() - probability[inside].sum()) / 500
    assert calibration_error(reliability(probability, is_true)) == pytest.approx(expected)
    assert calibration_error(reliability(probability, is_true)) < 0.1
    assert calibration_error(reliability(probability, ~is_true)) > 0.3


def test_certainty_falls_into_the_last_bin():
    (only,) = reliability(np.ones(4), np.array([True, True, True, False]))
    assert (only.low, only.high, only.images, only.share) == (0.9, 1.0, 4, 0.75)
    assert calibration_error([only]) == 0.25


def test_bins_without_images_are_left_out():
    assert [one.low for one in reliability(np.array([0.0, 0.55]), np.array([True, True]))] == [
        0.0,
        0.5,
    ]
    assert reliability(np.empty(0), np.empty(0, bool)) == []
    assert calibration_error([]) is None
