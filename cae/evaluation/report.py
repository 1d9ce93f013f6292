"""The figures that say how good a study's model is."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import (
    accuracy_score,
    adjusted_mutual_info_score,
    adjusted_rand_score,
    davies_bouldin_score,
    silhouette_score,
)

from cae.evaluation.agreement import (
    cluster_accuracy,
    majority_labels,
    normalised_mutual_information,
)
from cae.evaluation.baselines.pixels import pca_figures
from cae.evaluation.classification import balanced_accuracy, confusion
from cae.evaluation.held_out import require_held_out
from cae.evaluation.labels import LabelledImages, labelled_images
from cae.evaluation.map_quality import map_trustworthiness, neighbourhood_preservation, sampled_rows
from cae.evaluation.overclustering import overcluster
from cae.evaluation.paths import path_figures
from cae.evaluation.probes import kmeans_assignments, knn_accuracy, linear_probe
from cae.evaluation.reconstruction import mean_psnr, ssim
from cae.evaluation.reliability import calibration_error, reliability
from cae.evaluation.samples import STAGES as SAMPLE_STAGES
from cae.evaluation.samples import sample_figures
from cae.evaluation.stability import cluster_stability
from cae.latent.cluster import hdbscan_clusters
from cae.progress import Progress, silent
from cae.study.reconstruction_errors import absolute_error
from cae.study.study import Study

_DIGITS = 4
_OWN_STAGES = 5
_STAGES = _OWN_STAGES + SAMPLE_STAGES
# More would fill screens with numbers that nobody reads.
_MOST_CONFUSED = 40
_LABEL_FIGURES = (
    "classes",
    "majority",
    "knn_accuracy",
    "linear_probe_accuracy",
    "auroc",
    "head_knn_accuracy",
    "head_linear_probe_accuracy",
    "cluster_accuracy",
    "kmeans_nmi",
    "ami",
    "ari",
    "silhouette",
    "davies_bouldin",
    "stability",
    "overclusters",
    "purity",
    "balanced_purity",
    "confusion",
    "hdbscan_nmi",
    "expected_calibration_error",
    "reliability",
)


def evaluate(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of a study's test split, JSON-able.

    A figure that needs labels or test images is None where there are none. ``train_images`` counts
    those that the model learnt from, and ``foreign_model`` names a pretrained one that may have
    seen the test images. Neighbours and probes know all training images, added ones too.

    - From labels: ``majority`` (share of the commonest training label), ``knn_accuracy`` (15
      nearest training latents, cosine), ``linear_probe_accuracy`` and ``auroc`` (logistic
      regression).
    - The same of embeddings, what the projection head makes of latents, None where there is
      none: ``head_knn_accuracy``, ``head_linear_probe_accuracy``.
    - k-means with as many clusters as classes, learnt on train: ``cluster_accuracy`` (matched one
      to one), ``kmeans_nmi``, ``ami``, ``ari``, and without labels ``silhouette``,
      ``davies_bouldin`` and ``stability`` (adjusted Rand index over bootstraps).
    - Over-clustering, k-means with ``overclusters`` clusters, each of which takes its commonest
      training label: ``purity`` (share of test images that have the label of their cluster),
      ``balanced_purity`` (averaged over classes) and ``confusion`` (``labels``, and ``counts``
      with a row per true label; None with more than 40).
    - Of the map: ``hdbscan_clusters`` (all images), ``hdbscan_nmi`` (unclustered counts as a
      group), ``trustworthiness`` and ``neighbourhood_preservation`` (of at most 3,000 images).
    - Calibration, whether a probability of HDBSCAN is how often an image has the commonest training
      label of its cluster: ``expected_calibration_error`` (0–1) and ``reliability`` (a list of
      `Bin` as dictionaries).
    - Of as many principal components of the pixels: ``pca_knn_accuracy``, ``pca_kmeans_nmi``,
      ``pca_psnr_db``.
    - Of decoded images, means: ``psnr_db``, ``ssim``, ``mae`` (share of full scale); and those of
      `path_figures`.
    - Of generated samples: those of `sample_figures`.

    What needs an encoder or a decoder is None where latents came from elsewhere and have none.

    Raises:
        CaeError: the study is not encoded and projected, its map is of former latents, or its
            model was trained on another split.
    """
    require_held_out(study)
    study.require_current("project")
    train, test = study.rows("train"), study.rows("test")
    figures: dict[str, Any] = {
        "method": study.method,
        "foreign_model": study.foreign_model,
        "train_images": len(study.learnt_rows("train")),
        "test_images": len(test),
    }
    clusters = _map_clusters(study)
    progress(1, _STAGES, "clusters")
    figures |= _label_figures(study, clusters)
    progress(2, _STAGES, "labels")
    figures["hdbscan_clusters"] = int(clusters["cluster"].max()) + 1
    figures |= _map_figures(study)
    progress(3, _STAGES, "map")
    figures |= _reconstruction_figures(study, test) | path_figures(study, test)
    progress(4, _STAGES, "reconstruction")
    figures |= _baseline_figures(study, train, test)
    progress(_OWN_STAGES, _STAGES, "baseline")
    figures |= sample_figures(
        study, lambda done, _, message="": progress(_OWN_STAGES + done, _STAGES, message)
    )
    return {name: _rounded(value) for name, value in figures.items()}


def _map_clusters(study: Study) -> pd.DataFrame:
    if study.is_current("cluster") and study.parameters("cluster").get("method") == "hdbscan":
        return study.clusters
    return hdbscan_clusters(np.asarray(study.projection))


def _label_figures(study: Study, clusters: pd.DataFrame) -> dict[str, Any]:
    labelled = labelled_images(study)
    if labelled is None:
        return dict.fromkeys(_LABEL_FIGURES)
    latents = np.asarray(study.latents[labelled.train]), np.asarray(study.latents[labelled.test])
    labels = labelled.classes[labelled.train], labelled.classes[labelled.test]
    classes = len(np.unique(labels[0]))
    accuracy, area = linear_probe(latents[0], labels[0], latents[1], labels[1])
    found = {
        "classes": classes,
        "majority": float((labels[1] == np.bincount(labels[0]).argmax()).mean()),
        "knn_accuracy": knn_accuracy(latents[0], labels[0], latents[1], labels[1]),
        "linear_probe_accuracy": accuracy,
        "auroc": area,
        "hdbscan_nmi": normalised_mutual_information(
            labels[1], clusters["cluster"].to_numpy()[labelled.test]
        ),
    }
    return (
        dict.fromkeys(_LABEL_FIGURES)
        | found
        | _head_figures(study, *latents, *labels)
        | _class_cluster_figures(*latents, labels[1], classes, study.seed)
        | _overclustering_figures(*latents, *labels, labelled.names, study.seed)
        | _reliability_figures(clusters, labelled)
    )


def _head_figures(
    study: Study,
    train: np.ndarray,
    test: np.ndarray,
    train_labels: np.ndarray,
    labels: np.ndarray,
) -> dict[str, float]:
    """Return the accuracy of neighbours and of a linear probe on the projection head's outputs.

    Nothing where there is no head.
    """
    if not study.can_encode:
        return {}
    seen, seen_test = study.model.head_outputs(train), study.model.head_outputs(test)
    if seen is None or seen_test is None:
        return {}
    return {
        "head_knn_accuracy": knn_accuracy(seen, train_labels, seen_test, labels),
        "head_linear_probe_accuracy": linear_probe(seen, train_labels, seen_test, labels)[0],
    }


def _class_cluster_figures(
    train: np.ndarray, test: np.ndarray, labels: np.ndarray, classes: int, seed: int
) -> dict[str, float | None]:
    """Return the figures of as many clusters as classes."""
    clusters = kmeans_assignments(train, test, classes, seed)[1]
    found = len(np.unique(clusters))
    several = 1 < found < len(test)
    return {
        "cluster_accuracy": cluster_accuracy(labels, clusters),
        "kmeans_nmi": normalised_mutual_information(labels, clusters),
        "ami": float(adjusted_mutual_info_score(labels, clusters)),
        "ari": float(adjusted_rand_score(labels, clusters)),
        "silhouette": float(silhouette_score(test, clusters)) if several else None,
        "davies_bouldin": float(davies_bouldin_score(test, clusters)) if several else None,
        "stability": cluster_stability(train, test, classes, seed),
    }


def _overclustering_figures(
    train: np.ndarray,
    test: np.ndarray,
    train_labels: np.ndarray,
    labels: np.ndarray,
    names: tuple[str, ...],
    seed: int,
) -> dict[str, Any]:
    """Return the figures of more clusters than classes."""
    clusters = overcluster(train, train_labels, test, seed)
    counts = confusion(labels, clusters.predicted, names)
    confused = {"labels": list(names), "counts": counts.to_numpy().tolist()}
    return {
        "overclusters": clusters.clusters,
        "purity": float(accuracy_score(labels, clusters.predicted)),
        "balanced_purity": balanced_accuracy(labels, clusters.predicted),
        "confusion": confused if len(names) <= _MOST_CONFUSED else None,
    }


def _reliability_figures(clusters: pd.DataFrame, labelled: LabelledImages) -> dict[str, Any]:
    """Return the calibration error of cluster probabilities on test images, and its bins."""
    numbers = clusters["cluster"].to_numpy()
    train, test = (rows[numbers[rows] >= 0] for rows in (labelled.train, labelled.test))
    if len(train) == 0 or len(test) == 0:
        return {"reliability": []}
    predicted = majority_labels(labelled.classes[train], numbers[train], numbers[test])
    probability = clusters["probability"].to_numpy()[test].astype(np.float64)
    bins = reliability(probability, predicted == labelled.classes[test])
    rounded = [{name: _rounded(value) for name, value in one._asdict().items()} for one in bins]
    return {"expected_calibration_error": calibration_error(bins), "reliability": rounded}


def _map_figures(study: Study) -> dict[str, Any]:
    rows = sampled_rows(len(study), study.seed)
    latents, projection = np.asarray(study.latents[rows]), np.asarray(study.projection[rows])
    return {
        "trustworthiness": map_trustworthiness(latents, projection),
        "neighbourhood_preservation": neighbourhood_preservation(latents, projection),
    }


def _reconstruction_figures(study: Study, test: np.ndarray) -> dict[str, Any]:
    if len(test) == 0 or not study.can_decode:
        return dict.fromkeys(("psnr_db", "ssim", "mae"))
    images = np.asarray(study.images[test])
    decoded = study.model.decode(np.asarray(study.latents[test]))
    return {
        "psnr_db": round(mean_psnr(images, decoded), 2),
        "ssim": float(ssim(images, decoded).mean()),
        "mae": float(absolute_error(images, decoded).mean()),
    }


def _baseline_figures(study: Study, train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
    if len(train) == 0 or len(test) == 0:
        return dict.fromkeys(("pca_knn_accuracy", "pca_kmeans_nmi", "pca_psnr_db"))
    labelled = labelled_images(study)
    classes = np.full(len(study), -1) if labelled is None else labelled.classes
    is_whole = (classes[train] >= 0).all() and (classes[test] >= 0).all()
    images = study.images
    return pca_figures(
        np.asarray(images[train]),
        classes[train] if is_whole else None,
        np.asarray(images[test]),
        classes[test] if is_whole else None,
        study.latents.shape[1],
        study.seed,
    )


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value, _DIGITS) if np.isfinite(value) else None
