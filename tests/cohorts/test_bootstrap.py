import numpy as np
import pytest

from cae.cohorts.bootstrap import (
    DRAWS,
    Estimate,
    bootstrap_weights,
    contrast,
    estimate,
)


def test_all_images_of_a_patient_are_drawn_together() -> None:
    units = np.repeat(np.arange(12), 3)
    weights = bootstrap_weights(units, seed=0)
    assert weights.shape == (DRAWS + 1, 36)
    assert (weights[0] == 1).all()
    by_patient = weights.reshape(-1, 12, 3)
    assert (by_patient == by_patient[..., :1]).all()
    assert (by_patient[..., 0].sum(axis=1) == 12).all()


def test_few_patients_have_no_interval() -> None:
    weights = bootstrap_weights(np.repeat(np.arange(9), 5), seed=0)
    assert weights.shape == (1, 45)
    assert estimate(np.array([0.7])) == Estimate(0.7)
    found = contrast(np.array([0.7]), np.array([0.5]))
    assert found.difference == Estimate(pytest.approx(0.2))
    assert found.p is None


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(0).normal(3, 1, 400)
    weights = bootstrap_weights(np.arange(400), seed=1)
    found = estimate(weights @ values / weights.sum(axis=1))
    error = values.std() / 20
    assert found.value == pytest.approx(values.mean(), abs=1e-4)
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.02)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.02)


def test_interval_and_p_of_a_difference_say_the_same() -> None:
    random = np.random.default_rng(0)
    for shift in (0.0, 0.15, 0.21, 0.4):
        first = np.append(0.5 + shift, random.normal(0.5 + shift, 0.1, DRAWS))
        found = contrast(first, np.full(DRAWS + 1, 0.5))
        low, p = found.difference.low, found.p
        assert low is not None
        assert p is not None
        assert (low > 0) == (p < 0.05)


def test_what_never_differs_has_a_p_of_one() -> None:
    same = np.linspace(0, 1, DRAWS + 1)
    assert contrast(same, same).p == 1


def test_draws_that_tell_nothing_are_left_out() -> None:
    figures = np.append(0.5, np.full(DRAWS, np.nan))
    assert estimate(figures) == Estimate(0.5)
    figures[1:601] = 0.4
    assert estimate(figures) == Estimate(0.5, 0.4, 0.4)
