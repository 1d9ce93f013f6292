"""Which test is made of two or more samples, by a rule that is fixed beforehand, and its p."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cae.cohorts.variables import Variable

RULE = (
    "Means are compared (Welch) where each group has at least 20 values with a skewness within ±1, "
    "or at least 200 values; else ranks (Mann–Whitney, Kruskal–Wallis). Shares are compared by χ² "
    "where every expected count is at least 5, else by Fisher's exact test or, of more than two "
    "values or groups, by random tables with the same sums."
)
_FEWEST, _MANY, _MOST_SKEW = 20, 200, 1.0
_FEWEST_EXPECTED = 5
_FEW_RANKS = 8
_RESAMPLES = 9_999


@dataclass(frozen=True)
class Significance:
    """A test that was made, and what came out.

    Attributes:
        test: as the field calls it.
        p: two-sided, 0–1.
    """

    test: str
    p: float


def compares_means(samples: Sequence[np.ndarray]) -> bool:
    """Whether the means of samples (no value missing) are compared rather than their ranks."""
    return all(len(one) >= _MANY or _is_even(one) for one in samples)


def number_test(samples: Sequence[np.ndarray], seed: int) -> Significance:
    """Return whether numbers differ between groups: Welch, or ranks, as `RULE` says.

    Args:
        samples: at least two of at least two values each, not all the same.
        seed: of permutations, which ranks of small samples with ties need.

    Source: Welch 1947 and 1951; Mann & Whitney 1947; Kruskal & Wallis 1952.
    """
    if compares_means(samples):
        if len(samples) == 2:
            return Significance(
                "Welch's t", float(stats.ttest_ind(*samples, equal_var=False).pvalue)
            )
        return Significance(
            "Welch's ANOVA", float(stats.f_oneway(*samples, equal_var=False).pvalue)
        )
    if len(samples) > 2:
        return Significance("Kruskal–Wallis", float(stats.kruskal(*samples).pvalue))
    joint = np.concatenate(samples)
    has_ties = len(np.unique(joint)) < len(joint)
    # In one order, so that the same permutations are drawn whichever group is named first.
    first, second = sorted(map(np.sort, samples), key=lambda one: (len(one), one.tolist()))
    if has_ties and len(first) <= _FEW_RANKS:
        method = stats.PermutationMethod(n_resamples=_RESAMPLES, rng=np.random.default_rng(seed))
        found = stats.mannwhitneyu(first, second, method=method)
    else:
        found = stats.mannwhitneyu(first, second)
    return Significance("Mann–Whitney", float(found.pvalue))


def category_test(counts: np.ndarray, seed: int) -> Significance:
    """Return whether shares differ between groups: χ², Fisher, or random tables.

    Args:
        counts: int (G, K), how often each group has each value; no row and no column is empty,
            and there are at least two of each.
        seed: of the random tables.

    Source: Pearson 1900, without a correction for continuity; Fisher 1935; Patefield 1981.
    """
    expected = stats.contingency.expected_freq(counts)
    if (expected >= _FEWEST_EXPECTED).all():
        return Significance("χ²", float(stats.chi2_contingency(counts, correction=False).pvalue))
    if counts.shape == (2, 2):
        return Significance("Fisher's exact", float(stats.fisher_exact(counts).pvalue))
    return Significance("χ² of random tables", _random_tables_p(counts, expected, seed))


def _random_tables_p(counts: np.ndarray, expected: np.ndarray, seed: int) -> float:
    """Return how often random tables with the same sums are at least as far from what is expected.

    The table itself is one of them, so that p is never 0.
    """
    # In one order, so that the same tables are drawn whichever group is named first.
    order = np.lexsort(counts.T)
    counts, expected = counts[order], expected[order]
    tables = stats.random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(
        _RESAMPLES, random_state=np.random.default_rng(seed)
    )
    distances = ((tables - expected) ** 2 / expected).sum(axis=(1, 2))
    # Equally distant tables may differ by rounding.
    least = ((counts - expected) ** 2 / expected).sum() * (1 - 1e-9)
    return float((1 + (distances >= least).sum()) / (1 + _RESAMPLES))


def adjusted(p: Sequence[float]) -> list[float]:
    """Return q values, which bound the share of false discoveries among what is called one.

    Source: Benjamini & Hochberg 1995.
    """
    return [float(q) for q in stats.false_discovery_control(p)] if len(p) else []


def q_values(tests: Mapping[Variable, Significance | None]) -> dict[Variable, float]:
    """Return q of the columns that were tested, but for those that were made from the images.

    Args:
        tests: of columns that are compared; None where there was none.
    """
    tested = {
        variable: test.p
        for variable, test in tests.items()
        if test is not None and not variable.is_derived
    }
    return dict(zip(tested, adjusted(list(tested.values())), strict=True))


def _is_even(sample: np.ndarray) -> bool:
    if len(sample) < _FEWEST:
        return False
    return bool(np.ptp(sample) == 0 or abs(stats.skew(sample, bias=False)) <= _MOST_SKEW)
