"""How much numbers differ between two groups."""

import numpy as np
from scipy import stats

from cae.cohorts.effect import LEVEL, MEDIANS, Effect
from cae.cohorts.significance import compares_means

_RESAMPLES = 2_000


def number_effect(first: np.ndarray, second: np.ndarray, seed: int) -> Effect:
    """Return the difference of means, or of medians where ranks are compared.

    Args:
        first: at least two values, none missing.
        second: the same of the other group; not all values of both are the same.
        seed: of the bootstrap.
    """
    if compares_means((first, second)):
        return standardised_mean_difference(first, second)
    return difference_of_medians(first, second, seed)


def standardised_mean_difference(first: np.ndarray, second: np.ndarray) -> Effect:
    """Return the difference of means in pooled standard deviations, and its interval.

    The pooled variance is the mean of both variances (Austin 2009), whatever the sizes; the
    interval is that of Bonett (2008) for this figure, which holds for unequal variances, too.
    """
    smd = mean_difference(first, second)
    variances = np.array([first.var(ddof=1), second.var(ddof=1)])
    freedom = np.array([len(first) - 1, len(second) - 1])
    pooled = variances.mean()
    variance = smd**2 * (variances**2 / freedom).sum() / (8 * pooled**2)
    variance += (variances / freedom).sum() / pooled
    half = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance)
    return Effect("standardised mean difference", smd, float(smd - half), float(smd + half))


def mean_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Return the difference of means in pooled standard deviations (Austin 2009).

    Not finite where neither sample varies though their means differ.
    """
    pooled = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    difference = first.mean() - second.mean()
    if pooled == 0:
        return float(np.copysign(np.inf, difference)) if difference else 0.0
    return float(difference / pooled)


def difference_of_medians(first: np.ndarray, second: np.ndarray, seed: int) -> Effect:
    """Return the difference of medians; its interval is that of 2,000 seeded bootstrap draws.

    The interval is that of percentiles, as the jackknife, which BCa needs, fails for medians
    (Efron 1979).
    """
    # In one order, so that the same draws are made whichever group is named first.
    first, second = np.sort(first), np.sort(second)
    if (len(second), second.tolist()) < (len(first), first.tolist()):
        return difference_of_medians(second, first, seed).negated()
    found = stats.bootstrap(
        (first, second),
        _median_difference,
        paired=False,
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=max(1, 2_000_000 // (len(first) + len(second))),
        method="percentile",
        confidence_level=LEVEL,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    value = float(np.median(first) - np.median(second))
    return Effect(MEDIANS, value, float(found.low), float(found.high))


def _median_difference(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
    difference: np.ndarray = np.median(first, axis=axis) - np.median(second, axis=axis)
    return difference
