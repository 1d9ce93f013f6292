"""Over-clustering: more clusters than classes, each of which takes its commonest label."""

from typing import NamedTuple

import numpy as np

from cae.evaluation.agreement import majority_labels
from cae.evaluation.probes import kmeans_assignments

_FEWEST, _MOST = 20, 40


class Overclustering(NamedTuple):
    """How many clusters there are, and the label that test images take from theirs, (M,)."""

    clusters: int
    predicted: np.ndarray


def overcluster(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, seed: int
) -> Overclustering:
    """Name the k-means clusters of `train` after their labels and return those of `test`.

    There are two clusters a class, but at least 20 and at most 40.

    Args:
        train: (N, d).
        train_labels: (N,), any values that sort.
        test: (M, d).
        seed: of k-means.
    """
    count = min(_MOST, max(_FEWEST, 2 * len(np.unique(train_labels))))
    train_clusters, clusters = kmeans_assignments(train, test, count, seed)
    return Overclustering(
        min(count, len(train)), majority_labels(train_labels, train_clusters, clusters)
    )
