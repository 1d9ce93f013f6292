import numpy as np
import pytest
from scipy import stats

from cae.cohorts.kaplan_meier import kaplan_meier
from tests.cohorts.leukaemia import ARM, RELAPSED, WEEKS

DRUG = kaplan_meier(WEEKS[ARM == 0], RELAPSED[ARM == 0])
PLACEBO = kaplan_meier(WEEKS[ARM == 1], RELAPSED[ARM == 1])


def test_the_estimate_is_the_published_one():
    """Kleinbaum & Klein 2012, table 2.1; medians with the intervals of R (log-log)."""
    assert DRUG.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert DRUG.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert DRUG.events.tolist() == [3, 1, 1, 1, 1, 1, 1]
    published = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    np.testing.assert_allclose(DRUG.probability, published, atol=5e-5)
    assert (DRUG.median, DRUG.median_low, DRUG.median_high) == (23, 13, np.inf)
    assert (PLACEBO.median, PLACEBO.median_low, PLACEBO.median_high) == (8, 4, 11)


@pytest.mark.parametrize("seed", range(4))
def test_estimate_and_intervals_are_those_of_scipy(seed):
    random = np.random.default_rng(seed)
    time = random.exponential(5, 80).round(seed % 2) + 0.5
    event = random.random(80) < 0.6
    curve = kaplan_meier(time, event)
    expected = stats.ecdf(stats.CensoredData(uncensored=time[event], right=time[~event])).sf
    np.testing.assert_allclose(curve.probability, expected.evaluate(curve.times))
    interval = expected.confidence_interval(method="log-log")
    inside = curve.probability > 0
    for ours, theirs in ((curve.low, interval.low), (curve.high, interval.high)):
        np.testing.assert_allclose(ours[inside], theirs.evaluate(curve.times)[inside])


def test_numbers_at_risk_are_those_not_yet_gone():
    moments = np.array([0, 6, 6.5, 35, 36])
    assert DRUG.at_risk_at(moments).tolist() == [(WEEKS[ARM == 0] >= one).sum() for one in moments]
    np.testing.assert_array_equal(DRUG.at_risk_at(DRUG.times), DRUG.at_risk)


def test_time_in_another_unit_changes_times_alone():
    days = kaplan_meier(WEEKS[ARM == 0] * 7, RELAPSED[ARM == 0])
    np.testing.assert_allclose(days.times, DRUG.times * 7)
    np.testing.assert_allclose(days.probability, DRUG.probability)
    assert days.median == DRUG.median * 7


def test_without_events_nobody_leaves():
    curve = kaplan_meier(np.array([3.0, 1.0]), np.array([False, False]))
    assert len(curve.times) == 0
    assert np.isnan([curve.median, curve.median_low, curve.median_high]).all()
    assert (curve.until, curve.follow_up) == (3.0, 3.0)
    assert curve.at_risk_at(np.array([0.0, 2.0])).tolist() == [2, 1]


def test_where_nobody_is_left_there_is_no_interval():
    curve = kaplan_meier(np.array([1.0, 2.0]), np.array([True, True]))
    assert curve.probability.tolist() == [0.5, 0.0]
    assert np.isfinite([curve.low[0], curve.high[0]]).all()
    assert np.isnan([curve.low[1], curve.high[1]]).all()
    assert kaplan_meier(np.array([0.0]), np.array([True])).times.tolist() == [0.0]
