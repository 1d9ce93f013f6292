"""What neighbours and clusters of any description of images tell of their labels."""

import numpy as np

from cae.evaluation.agreement import cluster_accuracy, normalised_mutual_information
from cae.evaluation.classification import balanced_accuracy
from cae.evaluation.overclustering import overcluster
from cae.evaluation.probes import kmeans_assignments, knn_accuracy


def representation_figures(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    labels: np.ndarray,
    seed: int,
) -> dict[str, float]:
    """Return the figures that `cae.evaluation.evaluate` takes of latents, of any vectors.

    Keys: ``knn_accuracy``, ``cluster_accuracy``, ``kmeans_nmi``, ``purity`` and
    ``balanced_purity`` (many to one, averaged over classes).

    Args:
        train: (N, d).
        train_labels: (N,), class numbers.
        test: (M, d).
        labels: (M,), of `test`.
        seed: of k-means.
    """
    clusters = kmeans_assignments(train, test, len(np.unique(train_labels)), seed)[1]
    predicted = overcluster(train, train_labels, test, seed).predicted
    return {
        "knn_accuracy": knn_accuracy(train, train_labels, test, labels),
        "cluster_accuracy": cluster_accuracy(labels, clusters),
        "kmeans_nmi": normalised_mutual_information(labels, clusters),
        "purity": float((predicted == labels).mean()),
        "balanced_purity": balanced_accuracy(labels, predicted),
    }
