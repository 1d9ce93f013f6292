"""Whether groups differ in how soon an event occurs, by how much, and at all times alike or not."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import survdiff

from cae.cohorts.effect import LEVEL

# e^10 is a ratio of 22,000, which only an estimate without bounds reaches.
_MOST_LOG_RATIO = 10.0
# Units times moments of events; so many take seconds.
_MOST_WORK = 400_000_000
_BOUNDLESS = (
    "All events of one group come before any of another, so that the hazard ratio has no bounds."
)


@dataclass(frozen=True)
class ChiSquared:
    """A test statistic that has a χ² distribution if there is no difference.

    Attributes:
        statistic: at least 0.
        freedom: degrees of freedom.
        p: 0–1.
    """

    statistic: float
    freedom: int
    p: float


@dataclass(frozen=True)
class HazardRatio:
    """How many times as often an event occurs in a group as in the reference, at any time.

    Attributes:
        group: number of the group.
        value: above 0; above 1, events come sooner than in the reference.
        low: lower end of its 95 % interval (Wald, of the logarithm).
        high: upper end.
        p: of Wald's test.
    """

    group: int
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class ProportionalHazards:
    """Cox's regression on the group.

    Attributes:
        ratios: of every group but the reference.
        proportionality: whether ratios change over time: the score test for an interaction with
            it; a small p speaks against one ratio for all times. None where there are no ratios.
        reason: why there are no ratios, as a sentence; else empty.
    """

    ratios: tuple[HazardRatio, ...] = ()
    proportionality: ChiSquared | None = None
    reason: str = ""


def log_rank(time: np.ndarray, event: np.ndarray, group: np.ndarray) -> ChiSquared:
    """Return whether groups differ in how soon the event occurs.

    Args:
        time: float64 (U,).
        event: bool (U,), at least one.
        group: int (U,), at least two groups that are observed together at some event.

    Source: Mantel 1966; Peto & Peto 1972.
    """
    statistic, p = survdiff(time, event.astype(np.int64), group)
    return ChiSquared(float(statistic), len(np.unique(group)) - 1, float(p))


def proportional_hazards(
    time: np.ndarray, event: np.ndarray, group: np.ndarray, reference: int
) -> ProportionalHazards:
    """Return the hazard ratio of each group to a reference; events at one time after Efron.

    Args:
        time: float64 (U,).
        event: bool (U,).
        group: int (U,), 0 to G − 1, at least two.
        reference: number of the group that the others are compared with.

    Source: Cox 1972; Efron 1977.
    """
    others = [number for number in range(int(group.max()) + 1) if number != reference]
    if min(np.bincount(group[event], minlength=len(others) + 1)) == 0:
        return ProportionalHazards(
            reason="A group has no event, so that its hazard ratio has no bounds."
        )
    if len(np.unique(time[event])) * len(time) > _MOST_WORK:
        return ProportionalHazards(
            reason=f"Hazard ratios of {len(time):,} units with so many different times would take "
            "minutes and are left out; round the times, or count patients."
        )
    design = (group[:, None] == np.array(others)).astype(np.float64)
    try:
        with np.errstate(all="ignore"):
            model = PHReg(time, design, status=event.astype(np.int64), ties="efron")
            found = model.fit(disp=0, method="newton", warn_convergence=False)
            log_ratios = np.asarray(found.params)
            ends = np.asarray(found.conf_int(alpha=1 - LEVEL))
            p = np.asarray(found.pvalues)
    except np.linalg.LinAlgError:
        return ProportionalHazards(reason=_BOUNDLESS)
    if not (np.isfinite(ends).all() and (np.abs(log_ratios) < _MOST_LOG_RATIO).all()):
        return ProportionalHazards(reason=_BOUNDLESS)
    ratios = tuple(
        HazardRatio(number, float(np.exp(one)), float(np.exp(low)), float(np.exp(high)), float(of))
        for number, one, (low, high), of in zip(others, log_ratios, ends, p, strict=True)
    )
    return ProportionalHazards(
        ratios, _proportionality(time, event, group, np.array(others), log_ratios)
    )


def _proportionality(
    time: np.ndarray,
    event: np.ndarray,
    group: np.ndarray,
    others: np.ndarray,
    log_ratios: np.ndarray,
) -> ChiSquared:
    """Return the score test of log ratios that change with 1 − S(t), S of all groups together.

    Source: Grambsch & Therneau 1994, with the variance at each event, as R's cox.zph since
    survival 3.0.
    """
    weights = np.ones(len(others) + 1)
    weights[others] = np.exp(log_ratios)
    order = np.argsort(time[event], kind="stable")
    times, of = time[event][order], group[event][order]
    numbers = np.arange(len(weights))
    at_risk = np.column_stack(
        [
            (group == one).sum() - np.searchsorted(np.sort(time[group == one]), times)
            for one in numbers
        ]
    )
    at_time = np.column_stack(
        [
            np.searchsorted(times[of == one], times, "right")
            - np.searchsorted(times[of == one], times)
            for one in numbers
        ]
    )
    first = np.searchsorted(times, times)
    tied = at_time.sum(axis=1)
    gone = (np.arange(len(times)) - first) / tied
    risk = (at_risk - gone[:, None] * at_time) * weights
    expected = (risk / risk.sum(axis=1, keepdims=True))[:, others]
    is_of = of[:, None] == others
    change = _share_before(times, at_risk.sum(axis=1))
    change = change - change.mean()
    score = change @ (is_of - expected)
    spread = expected[:, :, None] * np.eye(len(others)) - expected[:, :, None] * expected[:, None]
    total, mixed, changing = (
        np.tensordot(power, spread, axes=1) for power in (np.ones(len(times)), change, change**2)
    )
    information = changing - mixed @ np.linalg.pinv(total) @ mixed
    statistic = float(score @ np.linalg.pinv(information) @ score)
    freedom = len(others)
    return ChiSquared(statistic, freedom, float(stats.chi2.sf(statistic, freedom)))


def _share_before(times: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    """Return the share, by Kaplan & Meier, of those who had an event before each event."""
    distinct, first, count = np.unique(times, return_index=True, return_counts=True)
    survival = np.cumprod(1 - count / at_risk[first])
    before = np.append(1.0, survival[:-1])
    found: np.ndarray = 1 - before[np.searchsorted(distinct, times)]
    return found
