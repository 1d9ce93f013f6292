"""How much shares of categories differ between two groups."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats

from cae.cohorts.effect import LEVEL, ODDS_RATIO, Effect

_TAIL = (1 - LEVEL) / 2


def counts_of(groups: Sequence[np.ndarray], values: Sequence[str]) -> np.ndarray:
    """Return how often each group (texts, None is missing) has each of `values`, int (G, K)."""
    return np.array([[int((group == value).sum()) for value in values] for group in groups])


def category_effect(counts: np.ndarray, values: Sequence[str]) -> Effect:
    """Return the odds ratio of the second of two values, or Cramér's V of more.

    Args:
        counts: int (2, K), how often each group has each value; no row and no column is empty.
        values: K names in order.
    """
    if len(values) == 2:
        return odds_ratio(counts, values[1])
    return cramers_v(counts)


def odds_ratio(counts: np.ndarray, value: str) -> Effect:
    """Return the odds of having `value` in the first group against those in the second.

    The interval is Woolf's (1955), of the logarithm. Where a count is 0, a half is added to all
    four (Haldane 1956, Anscombe 1956), which the remark tells.

    Args:
        counts: int (2, 2); the second column counts `value`.
        value: what it is called.
    """
    remark = ""
    if (counts == 0).any():
        counts = counts + 0.5
        remark = "A count is 0, so that a half was added to all four."
    ratio = counts[0, 1] * counts[1, 0] / (counts[0, 0] * counts[1, 1])
    spread = np.exp(stats.norm.ppf(1 - _TAIL) * np.sqrt((1 / counts).sum()))
    return Effect(
        f"{ODDS_RATIO} of {value}",
        float(ratio),
        float(ratio / spread),
        float(ratio * spread),
        remark,
    )


def cramers_v(counts: np.ndarray) -> Effect:
    """Return Cramér's V, 0–1: how much groups and values have to do with one another.

    The interval is that of the non-centrality of χ² (Smithson 2003); an upper end below the figure
    itself, which is biased upward, is set to it.

    Args:
        counts: int (G, K), no row and no column empty.
    """
    chi = float(stats.chi2_contingency(counts, correction=False).statistic)
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    largest = float(counts.sum() * (min(counts.shape) - 1))
    value = np.sqrt(chi / largest)
    low, high = (
        np.sqrt(_noncentrality(chi, freedom, share) / largest) for share in (1 - _TAIL, _TAIL)
    )
    return Effect("Cramér's V", float(value), float(low), float(np.clip(high, value, 1.0)))


def _noncentrality(chi: float, freedom: int, share: float) -> float:
    """Return for which non-centrality this share of χ² lies below `chi`; 0 where there is none."""

    def excess(noncentrality: float) -> float:
        return float(stats.ncx2.cdf(chi, freedom, noncentrality)) - share

    if stats.chi2.cdf(chi, freedom) <= share:
        return 0.0
    ceiling = chi + 10 * np.sqrt(chi + freedom) + 100
    return float(optimize.brentq(excess, 1e-9, ceiling))
