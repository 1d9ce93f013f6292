"""What images tell without any learning: their pixels, as they are and in principal components."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.decomposition import PCA

from cae.evaluation.agreement import normalised_mutual_information
from cae.evaluation.labels import labelled_images
from cae.evaluation.pixel_classifier import pixel_vectors
from cae.evaluation.probes import kmeans_assignments, knn_accuracy, linear_probe
from cae.evaluation.reconstruction import mean_psnr
from cae.evaluation.representation import representation_figures
from cae.progress import Progress, silent
from cae.study.study import Study


class Reduced(NamedTuple):
    """Principal components of the pixels.

    Attributes:
        train: (N, d), coordinates.
        test: (M, d), coordinates.
        decoded: uint8 values as float32, the shape of the test images, what coordinates give back.
    """

    train: np.ndarray
    test: np.ndarray
    decoded: np.ndarray


def reduce_pixels(train: np.ndarray, test: np.ndarray, components: int, seed: int) -> Reduced:
    """Reduce images to principal components of the training images' pixels.

    Args:
        train: uint8, (N, H, W, C).
        test: uint8, (M, H, W, C).
        components: at most N and the number of pixels are used.
        seed: of the solver.
    """
    pixels = [images.reshape(len(images), -1).astype(np.float32) for images in (train, test)]
    pca = PCA(min(components, *pixels[0].shape), svd_solver="randomized", random_state=seed)
    reduced = pca.fit_transform(pixels[0]), pca.transform(pixels[1])
    decoded = np.rint(pca.inverse_transform(reduced[1])).clip(0, 255).reshape(test.shape)
    return Reduced(*reduced, decoded)


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
    reduced = reduce_pixels(train, test, components, seed)
    figures: dict[str, Any] = {
        "pca_knn_accuracy": None,
        "pca_kmeans_nmi": None,
        "pca_psnr_db": round(mean_psnr(test, reduced.decoded), 2),
    }
    if train_labels is not None and test_labels is not None:
        classes = len(np.unique(train_labels))
        clusters = kmeans_assignments(reduced.train, reduced.test, classes, seed)[1]
        figures["pca_knn_accuracy"] = knn_accuracy(
            reduced.train, train_labels, reduced.test, test_labels
        )
        figures["pca_kmeans_nmi"] = normalised_mutual_information(test_labels, clusters)
    return figures


def pixels(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return what neighbours and clusters of the pixels tell, of images about 32 px a side."""
    labelled = labelled_images(study)
    if labelled is None:
        return {}
    vectors = [pixel_vectors(study.images[rows]) for rows in (labelled.train, labelled.test)]
    labels = [labelled.classes[rows] for rows in (labelled.train, labelled.test)]
    figures = representation_figures(vectors[0], labels[0], vectors[1], labels[1], study.seed)
    progress(1, 1)
    return figures


def pca(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of as many principal components as the latent has numbers."""
    train, test = study.rows("train"), study.rows("test")
    if len(train) == 0 or len(test) == 0:
        return {}
    images = np.asarray(study.images[test])
    reduced = reduce_pixels(
        np.asarray(study.images[train]), images, study.latents.shape[1], study.seed
    )
    figures: dict[str, Any] = {"psnr_db": mean_psnr(images, reduced.decoded)}
    labelled = labelled_images(study)
    if labelled is not None:
        ours = reduced.train[np.isin(train, labelled.train)], labelled.classes[labelled.train]
        theirs = reduced.test[np.isin(test, labelled.test)], labelled.classes[labelled.test]
        figures |= representation_figures(*ours, *theirs, study.seed)
        figures["linear_probe_accuracy"] = linear_probe(*ours, *theirs)[0]
    progress(1, 1)
    return figures
