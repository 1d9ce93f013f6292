"""Kernel distance (KID): how far a set of images is from another, by a network's features."""

from typing import NamedTuple

import numpy as np

_DRAWS = 200


class KernelDistance(NamedTuple):
    """An unbiased squared distance of distributions and its bootstrap interval.

    Attributes:
        value: 0 for the same distribution; as it is unbiased, it may be below.
        low: 2.5 % of draws are below.
        high: 2.5 % of draws are above.
    """

    value: float
    low: float
    high: float


def kernel_distance(features: np.ndarray, others: np.ndarray, seed: int = 0) -> KernelDistance:
    """Return the squared maximum mean discrepancy of two sets of features.

    With the kernel ``(x·y / d + 1)³`` and the unbiased estimator (Bińkowski et al. 2018, arXiv
    1801.01401). The interval is of halves drawn without replacement, so that no image meets
    itself; they scatter about the value as it does about the truth (delete-half jackknife, Shao &
    Wu 1989).

    Args:
        features: (N, d), N at least 4.
        others: (M, d), of other images.
        seed: of the half-samples.
    """
    within, beyond = _kernel(features, features), _kernel(others, others)
    between = _kernel(features, others)
    value = _discrepancy(within, beyond, between)
    random = np.random.default_rng(seed)
    found = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        one = random.permutation(len(features))[: len(features) // 2]
        two = random.permutation(len(others))[: len(others) // 2]
        found[draw] = _discrepancy(
            within[np.ix_(one, one)], beyond[np.ix_(two, two)], between[np.ix_(one, two)]
        )
    low, high = np.quantile(found, [0.025, 0.975])
    return KernelDistance(value, float(low), float(high))


def _kernel(features: np.ndarray, others: np.ndarray) -> np.ndarray:
    products = features.astype(np.float64) @ others.astype(np.float64).T
    kernel: np.ndarray = (products / features.shape[1] + 1) ** 3
    return kernel


def _discrepancy(within: np.ndarray, beyond: np.ndarray, between: np.ndarray) -> float:
    return _mean_off_diagonal(within) + _mean_off_diagonal(beyond) - 2 * float(between.mean())


def _mean_off_diagonal(kernel: np.ndarray) -> float:
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))
