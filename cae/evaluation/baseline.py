"""What the same steps reach without any learning: pixels reduced by principal components."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from cae.evaluation.agreement import mutual_information
from cae.evaluation.probes import kmeans_assignments, knn_accuracy
from cae.evaluation.reconstruction import mean_psnr


def pca_figures(
    train: np.ndarray,
    train_labels: np.ndarray | None,
    test: np.ndarray,
    test_labels: np.ndarray | None,
    components: int,
    seed: int,
) -> dict[str, Any]:
    """Return the figures of as many principal components of the pixels as a latent has numbers.

    Keys: ``pca_knn_accuracy``, ``pca_kmeans_nmi`` (None without labels) and ``pca_psnr_db``.

    Args:
        train: uint8, (N, H, W, C).
        train_labels: (N,), or None.
        test: uint8, (M, H, W, C).
        test_labels: (M,), or None.
        components: at most N and the number of pixels are used.
        seed: of the solver and of k-means.
    """
    pixels = [images.reshape(len(images), -1).astype(np.float32) for images in (train, test)]
    pca = PCA(min(components, *pixels[0].shape), svd_solver="randomized", random_state=seed)
    reduced = pca.fit_transform(pixels[0]), pca.transform(pixels[1])
    given_back = np.rint(pca.inverse_transform(reduced[1])).clip(0, 255).reshape(test.shape)
    figures: dict[str, Any] = {
        "pca_knn_accuracy": None,
        "pca_kmeans_nmi": None,
        "pca_psnr_db": round(mean_psnr(test, given_back), 2),
    }
    if train_labels is not None and test_labels is not None:
        classes = len(np.unique(train_labels))
        clusters = kmeans_assignments(*reduced, classes, seed)[1]
        figures["pca_knn_accuracy"] = knn_accuracy(
            reduced[0], train_labels, reduced[1], test_labels
        )
        figures["pca_kmeans_nmi"] = mutual_information(test_labels, clusters)
    return figures
