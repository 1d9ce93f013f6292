import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2

from cae.cohorts.category_effect import cramers_v, odds_ratio


def test_the_odds_ratio_is_that_of_statsmodels():
    counts = np.array([[12, 30], [25, 18]])
    found = odds_ratio(counts, "yes")
    # There the first column is what is counted.
    reference = Table2x2(counts[:, ::-1])
    assert found.measure == "odds ratio of yes"
    assert found.value == pytest.approx(reference.oddsratio)
    assert (found.low, found.high) == pytest.approx(reference.oddsratio_confint())
    swapped = odds_ratio(counts[::-1], "yes")
    assert (1 / swapped.value, 1 / swapped.high) == pytest.approx((found.value, found.low))
    assert found.remark == ""
    assert found.is_ratio
    assert not found.has_unit


def test_a_count_of_nought_gets_a_half_and_says_so():
    counts = np.array([[9, 0], [5, 7]])
    found = odds_ratio(counts, "yes")
    reference = Table2x2(counts[:, ::-1] + 0.5)
    assert (found.value, found.low) == pytest.approx(
        (reference.oddsratio, reference.oddsratio_confint()[0])
    )
    assert "a half was added" in found.remark


def test_cramers_v_is_that_of_scipy_and_its_interval_holds_the_truth():
    counts = np.array([[40, 30, 30], [20, 30, 50]])
    assert cramers_v(counts).value == pytest.approx(stats.contingency.association(counts))
    shares = counts / counts.sum()
    true = stats.contingency.association(counts)
    random = np.random.default_rng(2)
    found = [cramers_v(random.multinomial(300, shares.ravel()).reshape(2, 3)) for _ in range(600)]
    held = np.mean([one.low <= true <= one.high for one in found])
    assert held == pytest.approx(0.95, abs=0.03)


def test_cramers_v_where_nothing_differs():
    found = cramers_v(np.array([[20, 20, 20], [10, 10, 10]]))
    assert (found.value, found.low) == (0, 0)
    assert found.high >= 0
