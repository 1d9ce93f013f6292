"""How well clusters reproduce labels."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix


def cluster_accuracy(labels: np.ndarray, clusters: np.ndarray) -> float:
    """Return the accuracy under the best one-to-one (Hungarian) assignment of clusters to labels.

    Clusters beyond the number of labels stay without a label and count as wrong.

    Args:
        labels: (N,), any values.
        clusters: (N,), any values.
    """
    table = contingency_matrix(labels, clusters)
    assigned = linear_sum_assignment(table, maximize=True)
    return float(table[assigned].sum() / len(labels))


def majority_labels(
    train_labels: np.ndarray, train_clusters: np.ndarray, clusters: np.ndarray
) -> np.ndarray:
    """Return the label of each cluster member when a cluster takes its commonest training label.

    A cluster without training images takes the commonest label of all. This is how Ferrante et
    al. 2022 (arXiv 2209.12005) turn clusters into labels.

    Args:
        train_labels: (N,), any values that sort.
        train_clusters: (N,), whole numbers from 0.
        clusters: (M,), as `train_clusters`.

    Returns:
        (M,), values of `train_labels`.
    """
    names, codes = np.unique(train_labels, return_inverse=True)
    counts = np.zeros((max(train_clusters.max(), clusters.max()) + 1, len(names)), np.int64)
    np.add.at(counts, (train_clusters, codes), 1)
    counts[counts.sum(axis=1) == 0] = np.bincount(codes)
    return names[counts.argmax(axis=1)][clusters]


def normalised_mutual_information(labels: np.ndarray, clusters: np.ndarray) -> float:
    """Return the normalised mutual information (arithmetic mean), 0–1.

    Unclustered images, −1, count as one group of their own.
    """
    return float(normalized_mutual_info_score(labels, clusters))
