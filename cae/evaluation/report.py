"""The figures that say how good a study's model is."""

import warnings
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    adjusted_mutual_info_score,
    adjusted_rand_score,
    balanced_accuracy_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.preprocessing import LabelEncoder

from cae.evaluation.agreement import hungarian_accuracy, many_to_one, mutual_information
from cae.evaluation.baseline import pca_figures
from cae.evaluation.map_quality import kept_neighbours, map_trustworthiness, sampled_rows
from cae.evaluation.probes import kmeans_assignments, knn_accuracy, linear_probe
from cae.evaluation.reconstruction import absolute_error, mean_psnr, ssim
from cae.evaluation.samples import STAGES as SAMPLE_STAGES
from cae.evaluation.samples import sample_figures
from cae.evaluation.stability import cluster_stability
from cae.latent.cluster import hdbscan_clusters
from cae.progress import Progress, silent
from cae.study import Study

_DIGITS = 4
_OWN_STAGES = 5
_STAGES = _OWN_STAGES + SAMPLE_STAGES


# Clusters that each take the commonest label: enough for the parts that classes fall into.
_FEWEST_PARTS, _MOST_PARTS = 20, 40
_LABEL_FIGURES = (
    "classes",
    "majority",
    "knn_accuracy",
    "linear_accuracy",
    "auroc",
    "kmeans_accuracy",
    "kmeans_nmi",
    "ami",
    "ari",
    "silhouette",
    "davies_bouldin",
    "stability",
    "parts",
    "many_to_one_accuracy",
    "balanced_accuracy",
    "hdbscan_nmi",
)


def evaluate(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of a study's test split, JSON-able.

    A figure that needs labels or test images is None where there are none.

    - From labels: ``majority`` (share of the commonest training label), ``knn_accuracy`` (15
      nearest training latents, cosine), ``linear_accuracy`` and ``auroc`` (logistic regression).
    - k-means with as many clusters as classes, learnt on train: ``kmeans_accuracy`` (matched one
      to one), ``kmeans_nmi``, ``ami``, ``ari``, and without labels ``silhouette``,
      ``davies_bouldin`` and ``stability`` (adjusted Rand index over bootstraps).
    - k-means with ``parts`` clusters, each of which takes its commonest training label:
      ``many_to_one_accuracy``, ``balanced_accuracy``.
    - Of the map: ``hdbscan_clusters`` (all images), ``hdbscan_nmi`` (unclustered counts as a
      group), ``trustworthiness`` and ``kept_neighbours`` (of at most 3,000 images).
    - Of as many principal components of the pixels: ``pca_knn_accuracy``, ``pca_kmeans_nmi``,
      ``pca_psnr_db``.
    - Of decoded images, means: ``psnr_db``, ``ssim``, ``mae`` (share of full scale).
    - Of generated samples: those of `sample_figures`.

    Raises:
        CaeError: the study is not encoded and projected.
    """
    train, test = study.rows("train"), study.rows("test")
    figures: dict[str, Any] = {
        "method": study.method,
        "train_images": len(train),
        "test_images": len(test),
    }
    clusters = _map_clusters(study)
    progress(1, _STAGES, "clusters")
    figures |= _label_figures(study, train, test, clusters)
    progress(2, _STAGES, "labels")
    figures["hdbscan_clusters"] = int(clusters.max()) + 1
    figures |= _map_figures(study)
    progress(3, _STAGES, "map")
    figures |= _reconstruction_figures(study, test)
    progress(4, _STAGES, "reconstruction")
    figures |= _baseline_figures(study, train, test)
    progress(_OWN_STAGES, _STAGES, "baseline")
    figures |= sample_figures(
        study, lambda done, _, message="": progress(_OWN_STAGES + done, _STAGES, message)
    )
    return {name: _rounded(value) for name, value in figures.items()}


def _map_clusters(study: Study) -> np.ndarray:
    if study.is_current("cluster") and study.parameters("cluster").get("method") == "hdbscan":
        return study.clusters["cluster"].to_numpy()
    return hdbscan_clusters(np.asarray(study.projection))["cluster"].to_numpy()


def _label_figures(
    study: Study, train: np.ndarray, test: np.ndarray, clusters: np.ndarray
) -> dict[str, Any]:
    codes = _label_codes(study)
    train, test = train[codes[train] >= 0], test[codes[test] >= 0]
    if len(test) == 0 or len(np.unique(codes[train])) < 2:
        return dict.fromkeys(_LABEL_FIGURES)
    latents = np.asarray(study.latents[train]), np.asarray(study.latents[test])
    labels = codes[train], codes[test]
    classes = len(np.unique(labels[0]))
    accuracy, area = linear_probe(latents[0], labels[0], latents[1], labels[1])
    values = (
        classes,
        float((labels[1] == np.bincount(labels[0]).argmax()).mean()),
        knn_accuracy(latents[0], labels[0], latents[1], labels[1]),
        accuracy,
        area,
        *_class_cluster_figures(*latents, labels[1], classes, study.seed),
        *_part_figures(*latents, *labels, classes, study.seed),
        mutual_information(labels[1], clusters[test]),
    )
    return dict(zip(_LABEL_FIGURES, values, strict=True))


def _label_codes(study: Study) -> np.ndarray:
    """Return the number of each image's label, −1 where it has none."""
    label = study.samples["label"]
    known = label.notna().to_numpy()
    codes = np.full(len(label), -1)
    if known.any():
        codes[known] = LabelEncoder().fit_transform(label[known].astype(str))
    return codes


def _class_cluster_figures(
    train: np.ndarray, test: np.ndarray, labels: np.ndarray, classes: int, seed: int
) -> tuple[float | None, ...]:
    """Return the figures of as many clusters as classes, in the order of `_LABEL_FIGURES`."""
    clusters = kmeans_assignments(train, test, classes, seed)[1]
    found = len(np.unique(clusters))
    several = 1 < found < len(test)
    return (
        hungarian_accuracy(labels, clusters),
        mutual_information(labels, clusters),
        float(adjusted_mutual_info_score(labels, clusters)),
        float(adjusted_rand_score(labels, clusters)),
        float(silhouette_score(test, clusters)) if several else None,
        float(davies_bouldin_score(test, clusters)) if several else None,
        cluster_stability(train, test, classes, seed),
    )


def _part_figures(
    train: np.ndarray,
    test: np.ndarray,
    train_labels: np.ndarray,
    labels: np.ndarray,
    classes: int,
    seed: int,
) -> tuple[float, ...]:
    """Return the figures of more clusters than classes, in the order of `_LABEL_FIGURES`."""
    parts = min(_MOST_PARTS, max(_FEWEST_PARTS, 2 * classes))
    train_clusters, clusters = kmeans_assignments(train, test, parts, seed)
    predicted = many_to_one(train_labels, train_clusters, clusters)
    with warnings.catch_warnings():
        # A class that is rare may be predicted but absent from the test split.
        warnings.simplefilter("ignore", UserWarning)
        balanced = balanced_accuracy_score(labels, predicted)
    return parts, float(accuracy_score(labels, predicted)), float(balanced)


def _map_figures(study: Study) -> dict[str, Any]:
    rows = sampled_rows(len(study), study.seed)
    latents, projection = np.asarray(study.latents[rows]), np.asarray(study.projection[rows])
    return {
        "trustworthiness": map_trustworthiness(latents, projection),
        "kept_neighbours": kept_neighbours(latents, projection),
    }


def _reconstruction_figures(study: Study, test: np.ndarray) -> dict[str, Any]:
    if len(test) == 0:
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
    codes = _label_codes(study)
    labelled = (codes[train] >= 0).all() and (codes[test] >= 0).all()
    images = study.images
    return pca_figures(
        np.asarray(images[train]),
        codes[train] if labelled else None,
        np.asarray(images[test]),
        codes[test] if labelled else None,
        study.latents.shape[1],
        study.seed,
    )


def _rounded(value: Any) -> Any:
    return round(value, _DIGITS) if isinstance(value, float) else value
