import numpy as np
import pytest
from sklearn.metrics import f1_score

from cae.evaluation.dice import assign_regions, dice, dice_interval


def masks(seed=0, shape=(6, 5, 4)):
    return np.random.default_rng(seed).random((2, *shape)) < 0.4


def test_dice_is_the_f1_score_of_scikit_learn():
    predicted, true = masks()
    assert dice(predicted, true) == pytest.approx(f1_score(true.ravel(), predicted.ravel()))


def test_dice_of_empty_and_of_disjoint_masks():
    nothing = np.zeros(4, bool)
    assert dice(nothing, nothing) == 1
    assert dice(np.array([True, False]), np.array([False, True])) == 0


def test_a_region_is_what_it_mostly_lies_in():
    regions = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    structures = np.array([1, 1, 0, 2, 2, -1, -1, 0])
    assert assign_regions(regions, structures, 4).tolist() == [1, 2, 0, -1]


def test_the_interval_holds_the_coefficient_and_shrinks_with_more_images():
    few, many = masks(1, (8, 6, 6)), masks(1, (400, 6, 6))
    for predicted, true in (few, many):
        value, low, high = dice_interval(predicted, true)
        assert value == pytest.approx(dice(predicted, true))
        assert low <= value <= high
    widths = [np.ptp(dice_interval(*pair)[1:]) for pair in (few, many)]
    assert widths[1] < widths[0] / 3
