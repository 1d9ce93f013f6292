"""Figures of test images with intervals, from bootstraps of patients."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cae.cohorts.effect import LEVEL

DRAWS, _FEWEST_DRAWS = 1_000, 500
# With fewer, an interval would say little but how few there are.
FEWEST_UNITS = 10


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; no interval where there are too few patients."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Contrast:
    """A difference of two figures, and the p-value of there being none.

    Attributes:
        difference: first less second.
        p: two-sided, 0–1; None where there is no interval.
    """

    difference: Estimate
    p: float | None = None


def bootstrap_weights(units: np.ndarray, seed: int) -> np.ndarray:
    """Return how often each image counts: once in the first line, then as 1,000 draws have it.

    Units are drawn with replacement, all images of one together.

    Args:
        units: (M,), the patient of each image, or a number of its own.
        seed: of the draws.

    Returns:
        float32 (1,001, M); only the first line where there are fewer than ten units.
    """
    names, codes = np.unique(units, return_inverse=True)
    once = np.ones((1, len(units)), np.float32)
    if len(names) < FEWEST_UNITS:
        return once
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    return np.vstack([once, drawn.astype(np.float32)[:, codes]])


def estimate(figures: np.ndarray) -> Estimate:
    """Return a figure with the percentiles of its bootstraps.

    Args:
        figures: (1,) or (1,001), the figure itself first; draws that are NaN tell nothing.
    """
    known = _known(figures)
    if known is None:
        return Estimate(float(figures[0]))
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(known, [tail, 100 - tail])
    return Estimate(float(figures[0]), float(low), float(high))


def contrast(first: np.ndarray, second: np.ndarray) -> Contrast:
    """Return the difference of two figures that were taken of the same draws.

    Interval and p-value are of the normal distribution with the bootstrap's standard error (Efron
    & Tibshirani 1993), so that both say the same.

    Args:
        first: as `estimate` takes them.
        second: of the same draws.
    """
    differences = first - second
    value = float(differences[0])
    known = _known(differences)
    if known is None:
        return Contrast(Estimate(value))
    error = float(known.std(ddof=1))
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    # Where no draw differs, neither do the studies.
    p = float(2 * stats.norm.sf(abs(value) / error)) if error > 0 else float(value == 0)
    return Contrast(Estimate(value, value - reach, value + reach), p)


def _known(figures: np.ndarray) -> np.ndarray | None:
    """Return the draws that tell something; None where these are too few for an interval."""
    known = figures[1:][~np.isnan(figures[1:])]
    return known if len(known) >= _FEWEST_DRAWS else None
