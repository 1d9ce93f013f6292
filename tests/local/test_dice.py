import numpy as np
import pytest
from sklearn.metrics import f1_score

from cae.local.dice import assign_regions, dice, dice_estimate


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


def test_the_interval_holds_the_coefficient_and_shrinks_with_more_patients():
    widths = []
    for count in (12, 400):
        predicted, true = masks(1, (count, 6, 6))
        found = dice_estimate(predicted, true, np.arange(count))
        assert found.value == pytest.approx(dice(predicted, true))
        assert found.low <= found.value <= found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 3


def test_more_images_of_the_same_patients_do_not_shrink_it():
    pair = masks(1, (12, 6, 6))
    alone = dice_estimate(*pair, np.arange(12))
    repeated = [np.tile(one, (10, 1, 1)) for one in pair]
    found = dice_estimate(*repeated, np.tile(np.arange(12), 10))
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))
    assert dice_estimate(*repeated, np.tile(np.arange(9), 14)[:120]).low is None


def test_nothing_there_and_nothing_found_agree():
    nothing = np.zeros((12, 6, 6), bool)
    assert dice_estimate(nothing, nothing, np.arange(12)).value == 1
