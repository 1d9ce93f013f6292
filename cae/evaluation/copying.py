"""Whether generated samples repeat what was trained on."""

from typing import NamedTuple

import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.neighbors import NearestNeighbors


class Copying(NamedTuple):
    """Distances to the nearest training sample, and whether generated ones have smaller ones.

    Attributes:
        z: standardised Mann–Whitney statistic; below 0 generated samples lie nearer to training
            samples than test samples do: as copies, as averages, or because test samples are of
            another source.
        p: of a z so low or lower where both are distributed alike, 0–1.
        generated: median distance of generated samples.
        test: median distance of test samples.
    """

    z: float
    p: float
    generated: float
    test: float


def data_copying(train: np.ndarray, test: np.ndarray, generated: np.ndarray) -> Copying | None:
    """Test for data-copying (Meehan, Chaudhuri, Dasgupta 2020, arXiv 2004.05675, in one cell).

    Distances to the nearest of `train`, euclidean, of generated and of test samples are compared
    by the one-sided test of Mann and Whitney.

    Args:
        train: (N, D).
        test: (M, D), from the same source, none of them in `train`.
        generated: (K, D).

    Returns:
        None where one of them is empty.
    """
    if min(len(train), len(test), len(generated)) == 0:
        return None
    neighbours = NearestNeighbors(n_neighbors=1).fit(train)
    of_generated = neighbours.kneighbors(generated)[0][:, 0]
    of_test = neighbours.kneighbors(test)[0][:, 0]
    found = mannwhitneyu(of_generated, of_test, alternative="less", method="asymptotic")
    pairs = len(generated) * len(test)
    deviation = np.sqrt(pairs * (len(generated) + len(test) + 1) / 12)
    return Copying(
        float((found.statistic - pairs / 2) / deviation),
        float(found.pvalue),
        float(np.median(of_generated)),
        float(np.median(of_test)),
    )
