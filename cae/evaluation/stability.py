"""Whether clusters come out the same from other images of the same kind."""

import itertools

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

_DRAWS = 5


def cluster_stability(train: np.ndarray, test: np.ndarray, k: int, seed: int) -> float:
    """Return the mean adjusted Rand index between k-means clusterings of `test`.

    Each of five clusterings learns its centres from a bootstrap draw of `train`; 1 means that all
    agree.

    Args:
        train: (N, d).
        test: (M, d).
        k: number of clusters.
        seed: of the draws and of k-means.
    """
    random = np.random.default_rng(seed)
    clusterings = [
        KMeans(min(k, len(train)), n_init=3, random_state=seed)
        .fit(train[random.integers(len(train), size=len(train))])
        .predict(test)
        for _ in range(_DRAWS)
    ]
    pairs = itertools.combinations(clusterings, 2)
    return float(np.mean([adjusted_rand_score(*pair) for pair in pairs]))
