import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.weightstats import ttest_ind

from cae.cohorts.significance import (
    Significance,
    adjusted,
    category_test,
    number_test,
    q_values,
)
from cae.cohorts.variables import CATEGORY, NUMBER, Variable

RANDOM = np.random.default_rng(3)


def test_even_samples_are_compared_by_welch():
    first, second = RANDOM.normal(0, 1, 30), RANDOM.normal(0.3, 3, 55)
    found = number_test([first, second], 0)
    assert found.test == "Welch's t"
    assert found.p == pytest.approx(ttest_ind(first, second, usevar="unequal")[1])
    third = RANDOM.normal(0.5, 2, 41)
    several = number_test([first, second, third], 0)
    assert several.test == "Welch's ANOVA"
    reference = anova_oneway([first, second, third], use_var="unequal", welch_correction=True)
    assert several.p == pytest.approx(reference.pvalue)


@pytest.mark.parametrize(
    ("sizes", "is_skewed", "test"),
    [
        ((19, 60), False, "Mann–Whitney"),
        ((20, 60), False, "Welch's t"),
        ((199, 300), True, "Mann–Whitney"),
        ((200, 300), True, "Welch's t"),
        ((60, 60, 19), False, "Kruskal–Wallis"),
    ],
)
def test_the_rule(sizes, is_skewed, test):
    quantiles = [(np.arange(size) + 0.5) / size for size in sizes]
    kind = stats.expon if is_skewed else stats.norm
    samples = [kind.ppf(one) + place for place, one in enumerate(quantiles)]
    assert number_test(samples, 0).test == test


def test_ranks_of_small_samples_with_ties_are_permuted():
    first, second = np.array([1.0, 1, 2, 5]), np.array([2.0, 3, 3, 4, 6])
    joint = np.concatenate([first, second])
    ranks = stats.rankdata(joint)
    sums = np.array([sum(chosen) for chosen in itertools.combinations(ranks, len(first))])
    observed = ranks[: len(first)].sum()
    exact = 2 * min(np.mean(sums <= observed), np.mean(sums >= observed))
    found = number_test([first, second], 0)
    assert found.test == "Mann–Whitney"
    assert found.p == pytest.approx(exact, abs=1e-9)
    assert number_test([second, first], 0) == found


def test_many_expected_counts_are_compared_by_chi_squared():
    counts = np.array([[30, 12, 9], [18, 25, 14]])
    g = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    chi = ((counts - g) ** 2 / g).sum()
    found = category_test(counts, 0)
    assert found.test == "χ²"
    assert found.p == pytest.approx(stats.gamma.sf(chi / 2, 1))


def test_few_expected_counts_are_compared_exactly():
    counts = np.array([[1, 9], [6, 3]])
    found = category_test(counts, 0)
    chances = stats.hypergeom(19, 12, 10).pmf(np.arange(11))
    assert found.test == "Fisher's exact"
    assert found.p == pytest.approx(chances[chances <= chances[9] * (1 + 1e-7)].sum())


def test_random_tables_agree_with_all_of_them_and_with_either_order():
    counts = np.array([[4, 1, 0], [1, 2, 4]])
    values = np.repeat([0, 1, 2, 0, 1, 2], counts.ravel())
    expected = stats.contingency.expected_freq(counts)

    def distance(first: tuple[int, ...]) -> float:
        inside = np.bincount(values[list(first)], minlength=3)
        table = np.array([inside, np.bincount(values) - inside])
        return ((table - expected) ** 2 / expected).sum()

    observed = ((counts - expected) ** 2 / expected).sum()
    every = [distance(first) for first in itertools.combinations(range(12), 5)]
    exact = np.mean(np.array(every) >= observed - 1e-9)
    found = category_test(counts, 0)
    assert found.test == "χ² of random tables"
    assert found.p == pytest.approx(exact, abs=0.01)
    assert category_test(counts[::-1], 0) == found


def test_q_bounds_false_discoveries():
    p = RANDOM.random(12) ** 3
    assert adjusted(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert adjusted([]) == []


def test_what_was_made_from_the_images_and_what_was_not_tested_has_no_q():
    age, sex, area = (
        Variable("age", NUMBER),
        Variable("sex", CATEGORY),
        Variable("area", NUMBER, True),
    )
    found = q_values({age: Significance("a", 0.03), area: Significance("b", 0.01), sex: None})
    assert found == {age: 0.03}
    assert q_values({sex: None}) == {}


@pytest.mark.parametrize("size", [12, 30])
def test_p_is_uniform_where_nothing_differs(size):
    random = np.random.default_rng(11)
    p = [number_test(random.normal(size=(2, size)), 0).p for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 0.01
