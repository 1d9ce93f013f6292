import numpy as np
import pytest

from cae.cohorts.number_effect import (
    difference_of_medians,
    number_effect,
    standardised_mean_difference,
)

RANDOM = np.random.default_rng(4)


def test_the_standardised_mean_difference_by_hand():
    first, second = np.array([1.0, 2, 3, 4]), np.array([2.0, 4, 6, 8, 10])
    found = standardised_mean_difference(first, second)
    assert found.value == pytest.approx((2.5 - 6) / np.sqrt((5 / 3 + 10) / 2))
    assert not (found.has_unit or found.is_ratio)


def test_its_interval_holds_the_truth_as_often_as_it_says():
    true = 0.8 / np.sqrt((1 + 9) / 2)
    held = 0
    for _ in range(1_500):
        first, second = RANDOM.normal(0.8, 1, 40), RANDOM.normal(0, 3, 90)
        found = standardised_mean_difference(first, second)
        held += found.low <= true <= found.high
    assert held / 1_500 == pytest.approx(0.95, abs=0.02)


def test_the_difference_of_medians_is_that_of_a_plain_bootstrap():
    first, second = RANDOM.exponential(3, 17), RANDOM.exponential(1, 40)
    draws = [
        np.median(RANDOM.choice(first, 17)) - np.median(RANDOM.choice(second, 40))
        for _ in range(20_000)
    ]
    found = difference_of_medians(first, second, 0)
    assert found.value == np.median(first) - np.median(second)
    assert found.has_unit
    assert not found.is_ratio
    low, high = np.quantile(draws, (0.025, 0.975))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.15)


@pytest.mark.parametrize("size", [12, 40])
def test_swapped_groups_flip_the_sign_and_order_means_nothing(size):
    first, second = RANDOM.normal(1, 1, size), RANDOM.normal(0, 2, size)
    one, other = number_effect(first, second, 0), number_effect(second, first, 0)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    mixed = number_effect(RANDOM.permutation(first), RANDOM.permutation(second), 0)
    assert (mixed.value, mixed.low, mixed.high) == pytest.approx((one.value, one.low, one.high))
