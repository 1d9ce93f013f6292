"""Whether generated samples lie where real ones lie, and everywhere they lie."""

import numpy as np
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 5
_ROWS_AT_ONCE = 1_000


def density_and_coverage(
    real: np.ndarray, generated: np.ndarray, k: int = NEIGHBOURS
) -> tuple[float, float] | None:
    """Return density and coverage of generated samples (Naeem et al. 2020, arXiv 2002.09797).

    Around each real sample lies a ball that reaches to its k-th nearest other real sample,
    euclidean. Density is the mean number of balls that a generated sample lies in, divided by k:
    about 1 where both are distributed alike, more where generated samples crowd in the midst of
    real ones. Coverage is the share of balls that hold a generated sample, 0–1: about 1 − 2⁻ᵏ
    where both are distributed alike and of equal number.

    Args:
        real: (N, D).
        generated: (M, D).
        k: which neighbour, at least 1.

    Returns:
        None where there is no generated sample or no more than `k` real ones.
    """
    if len(real) <= k or len(generated) == 0:
        return None
    neighbours = NearestNeighbors(n_neighbors=k).fit(real)
    radii = neighbours.kneighbors()[0][:, -1]
    inside, covered = 0, np.zeros(len(real), dtype=bool)
    for start in range(0, len(generated), _ROWS_AT_ONCE):
        within = _within(real, generated[start : start + _ROWS_AT_ONCE], radii)
        inside += int(within.sum())
        covered |= within.any(axis=0)
    return inside / (k * len(generated)), float(covered.mean())


def _within(real: np.ndarray, generated: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return whether each generated sample lies in each real one's ball, bool (M, N)."""
    distances: np.ndarray = pairwise_distances(generated, real)
    return distances < radii
