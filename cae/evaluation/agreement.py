"""How well clusters reproduce labels."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix


def hungarian_accuracy(labels: np.ndarray, clusters: np.ndarray) -> float:
    """Return the accuracy under the best one-to-one assignment of clusters to labels, 0–1.

    Clusters beyond the number of labels stay without a label and count as wrong.

    Args:
        labels: (N,), any values.
        clusters: (N,), any values.
    """
    table = contingency_matrix(labels, clusters)
    assigned = linear_sum_assignment(table, maximize=True)
    return float(table[assigned].sum() / len(labels))


def mutual_information(labels: np.ndarray, clusters: np.ndarray) -> float:
    """Return the normalised mutual information (arithmetic mean), 0–1.

    Unclustered images, −1, count as one group of their own.
    """
    return float(normalized_mutual_info_score(labels, clusters))
