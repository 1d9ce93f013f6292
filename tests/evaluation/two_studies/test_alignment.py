import numpy as np
import pytest

from cae.evaluation.two_studies.alignment import linear_cka


def vectors(count: int, size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, size))


def naive_hsic(first: np.ndarray, second: np.ndarray) -> float:
    """Equation 5 of Song et al. 2012, with whole kernels."""
    kernels = [one @ one.T for one in (first, second)]
    for kernel in kernels:
        np.fill_diagonal(kernel, 0)
    k, other = kernels
    n, ones = len(k), np.ones(len(k))
    means = (ones @ k @ ones) * (ones @ other @ ones) / ((n - 1) * (n - 2))
    total = np.trace(k @ other) + means - 2 / (n - 2) * (ones @ k @ other @ ones)
    return total / (n * (n - 3))


def test_it_is_what_whole_kernels_give() -> None:
    first = vectors(40, 6, 0)
    second = first[:, :3] + 0.5 * vectors(40, 3, 1)
    spreads = naive_hsic(first, first) * naive_hsic(second, second)
    expected = naive_hsic(first, second) / np.sqrt(spreads)
    assert linear_cka(first, second) == pytest.approx(expected)


def test_it_does_not_mind_how_a_description_lies() -> None:
    first, second = vectors(50, 4, 0), vectors(50, 6, 1)
    second[:, :4] += first
    rotation = np.linalg.qr(vectors(4, 4, 2))[0]
    order = np.random.default_rng(3).permutation(50)
    value = linear_cka(first, second)
    assert value is not None
    assert linear_cka(100 * first @ rotation + 5, second) == pytest.approx(value)
    assert linear_cka(first[order], second[order]) == pytest.approx(value)
    assert linear_cka(second, first) == pytest.approx(value)
    assert linear_cka(first, -2 * first @ rotation + 1) == pytest.approx(1)


def test_unrelated_descriptions_are_about_zero_though_they_are_wide() -> None:
    assert linear_cka(vectors(60, 500, 0), vectors(60, 500, 1)) == pytest.approx(0, abs=0.05)


def test_too_few_images_and_constant_latents_have_none() -> None:
    assert linear_cka(vectors(3, 2, 0), vectors(3, 2, 1)) is None
    assert linear_cka(np.ones((20, 3)), vectors(20, 3, 0)) is None
