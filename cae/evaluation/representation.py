"""What neighbours and clusters of any description of images tell of their labels."""

import numpy as np

from cae.evaluation.agreement import hungarian_accuracy, mutual_information
from cae.evaluation.classification import balanced_accuracy
from cae.evaluation.parts import named_parts
from cae.evaluation.probes import kmeans_assignments, knn_accuracy


def representation_figures(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    labels: np.ndarray,
    seed: int,
) -> dict[str, float]:
    """Return the figures that `cae.evaluation.evaluate` takes of latents, of any vectors.

    Keys: ``knn_accuracy``, ``kmeans_accuracy``, ``kmeans_nmi``, ``many_to_one_accuracy`` and
    ``balanced_accuracy`` (many to one, averaged over classes).

    Args:
        train: (N, d).
        train_labels: (N,), class numbers.
        test: (M, d).
        labels: (M,), of `test`.
        seed: of k-means.
    """
    clusters = kmeans_assignments(train, test, len(np.unique(train_labels)), seed)[1]
    predicted = named_parts(train, train_labels, test, seed).predicted
    return {
        "knn_accuracy": knn_accuracy(train, train_labels, test, labels),
        "kmeans_accuracy": hungarian_accuracy(labels, clusters),
        "kmeans_nmi": mutual_information(labels, clusters),
        "many_to_one_accuracy": float((predicted == labels).mean()),
        "balanced_accuracy": balanced_accuracy(labels, predicted),
    }
