import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg

from cae.cohorts.hazards import log_rank, proportional_hazards
from tests.cohorts.leukaemia import ARM, RELAPSED, WEEKS

STEP = 1e-4


def drawn(seed: int, groups: int, digits: int | None) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    group = random.permutation(np.arange(120) % groups)
    time = random.weibull(1 + 0.5 * group) * (3 + group)
    limit = random.exponential(6, 120)
    observed = np.minimum(time, limit)
    return (observed if digits is None else observed.round(digits)), time <= limit, group


def test_the_published_figures_come_out():
    """Log-rank 16.79; log ratio 1.572 (standard error 0.412) after Efron, as R's coxph has it."""
    found = log_rank(WEEKS, RELAPSED, ARM)
    assert found.statistic == pytest.approx(16.79, abs=0.005)
    assert (found.freedom, round(found.p, 6)) == (1, 0.000042)
    (ratio,) = proportional_hazards(WEEKS, RELAPSED, 1 - ARM, reference=1).ratios
    assert (ratio.group, np.log(ratio.value)) == (0, pytest.approx(1.572, abs=0.0005))
    spread = np.log(ratio.high / ratio.low) / (2 * stats.norm.ppf(0.975))
    assert spread == pytest.approx(0.412, abs=0.0005)


def naive_log_rank(time: np.ndarray, event: np.ndarray, group: np.ndarray) -> float:
    """χ² of observed and expected events with the hypergeometric variance, event by event."""
    count = group.max() + 1
    difference, spread = np.zeros(count), np.zeros((count, count))
    for moment in np.unique(time[event]):
        at_risk = np.array([((time >= moment) & (group == one)).sum() for one in range(count)])
        gone = np.array([((time == moment) & event & (group == one)).sum() for one in range(count)])
        n, d = at_risk.sum(), gone.sum()
        share = at_risk / n
        difference += gone - d * share
        if n > 1:
            spread += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    part = difference[1:]
    return float(part @ np.linalg.solve(spread[1:, 1:], part))


@pytest.mark.parametrize(("groups", "digits"), [(2, None), (2, 0), (3, 1), (4, 0)])
def test_the_log_rank_test_is_that_of_a_naive_loop_and_of_scipy(groups, digits):
    time, event, group = drawn(groups, groups, digits)
    found = log_rank(time, event, group)
    assert found.statistic == pytest.approx(naive_log_rank(time, event, group))
    assert found.freedom == groups - 1
    if groups == 2:
        samples = (
            stats.CensoredData(uncensored=time[part & event], right=time[part & ~event])
            for part in (group == 0, group == 1)
        )
        assert found.p == pytest.approx(stats.logrank(*samples).pvalue)


def log_likelihood(
    parameters: np.ndarray, time: np.ndarray, event: np.ndarray, design: np.ndarray
) -> float:
    """Efron's partial likelihood of ratios that change with the share that had an event before."""
    count = design.shape[1]
    changes = np.zeros(count)
    changes[: len(parameters) - count] = parameters[count:]
    total, survival = 0.0, 1.0
    for moment in np.unique(time[event]):
        at_risk, gone = time >= moment, (time == moment) & event
        log_ratio = parameters[:count] + changes * (1 - survival)
        risk = np.exp(design @ log_ratio)
        total += (design[gone] @ log_ratio).sum()
        d = gone.sum()
        for place in range(d):
            total -= np.log(risk[at_risk].sum() - place / d * risk[gone].sum())
        survival *= 1 - d / at_risk.sum()
    return float(total)


@pytest.mark.parametrize(
    ("groups", "digits", "covariates"), [(2, None, 0), (2, 0, 0), (3, 1, 0), (2, 0, 2), (3, 1, 1)]
)
def test_ratios_are_most_likely_and_their_change_is_tested_by_the_score(groups, digits, covariates):
    """Against numerical derivatives of the likelihood with an interaction with time."""
    time, event, group = drawn(10 + groups, groups, digits)
    reference = groups - 1
    others = np.random.default_rng(9).normal(size=(len(time), covariates)) + group[:, None] / 2
    found = proportional_hazards(time, event, group, reference, others if covariates else None)
    dummies = (group[:, None] == np.arange(reference)).astype(float)
    design = np.hstack([dummies, others])
    at = np.append(np.log([one.value for one in found.ratios]), np.zeros(covariates + reference))
    if covariates:
        at[reference : reference + covariates] = (
            PHReg(time, design, event, ties="efron").fit(disp=0).params[reference:]
        )

    def likelihood(*moved: int) -> float:
        shift = np.zeros(len(at))
        for place in moved:
            shift[abs(place) - 1] += STEP * np.sign(place)
        return log_likelihood(at + shift, time, event, design)

    places = range(1, len(at) + 1)
    score = np.array([(likelihood(one) - likelihood(-one)) / (2 * STEP) for one in places])
    fixed = reference + covariates
    np.testing.assert_allclose(score[:fixed], 0, atol=1e-4)
    information = -np.array(
        [
            [
                likelihood(a, b) - likelihood(a, -b) - likelihood(-a, b) + likelihood(-a, -b)
                for b in places
            ]
            for a in places
        ]
    ) / (4 * STEP**2)
    expected = float(score @ np.linalg.solve(information, score))
    assert found.proportionality.statistic == pytest.approx(expected, rel=1e-3)
    assert found.proportionality.p == pytest.approx(stats.chi2.sf(expected, reference), rel=2e-3)
    spread = np.sqrt(np.diag(np.linalg.inv(information[:fixed, :fixed])))[:reference]
    ends = np.log([[one.low, one.high] for one in found.ratios])
    np.testing.assert_allclose(np.diff(ends).ravel() / (2 * stats.norm.ppf(0.975)), spread, 1e-3)


def test_curves_that_cross_are_not_proportional_and_others_are():
    random = np.random.default_rng(3)
    group = np.arange(400) % 2
    event = np.ones(400, dtype=bool)
    apart = random.exponential(1.0 + group)
    crossing = np.where(group == 0, random.weibull(0.6, 400), random.weibull(3.0, 400))
    assert proportional_hazards(apart, event, group, 1).proportionality.p > 0.05
    assert proportional_hazards(crossing, event, group, 1).proportionality.p < 1e-6


def test_the_other_reference_turns_the_ratio_over():
    (one,) = proportional_hazards(WEEKS, RELAPSED, ARM, 1).ratios
    (other,) = proportional_hazards(WEEKS, RELAPSED, ARM, 0).ratios
    assert one.value == pytest.approx(1 / other.value)
    assert one.low == pytest.approx(1 / other.high)


def test_a_ratio_without_bounds_is_not_told():
    everyone = np.ones(20, dtype=bool)
    after = np.repeat([0, 1], 10)
    found = proportional_hazards(np.arange(20.0), everyone, after, 1)
    assert found.ratios == ()
    assert "come before any of another" in found.reason
    none = proportional_hazards(np.arange(20.0), after == 1, after, 1)
    assert "A group has no event" in none.reason


def test_a_covariate_that_tells_the_group_leaves_no_adjusted_ratio():
    found = proportional_hazards(WEEKS, RELAPSED, ARM, 1, ARM[:, None] * 2.0 + 1)
    assert found.ratios == ()
    assert "tells the group" in found.reason


def test_adjusting_takes_away_what_a_confounder_does():
    random = np.random.default_rng(4)
    age = random.normal(size=2000)
    group = (age + random.normal(size=2000) > 0).astype(int)
    time = random.exponential(np.exp(-age))
    event = np.ones(2000, dtype=bool)
    (crude,) = proportional_hazards(time, event, group, 0).ratios
    (adjusted,) = proportional_hazards(time, event, group, 0, age[:, None]).ratios
    assert crude.low > 1.5
    assert adjusted.low < 1 < adjusted.high
