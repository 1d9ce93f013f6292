"""The figures that say how good a study's model is."""

from typing import Any

import numpy as np
from sklearn.preprocessing import LabelEncoder

from cae.evaluation.agreement import hungarian_accuracy, mutual_information
from cae.evaluation.probes import kmeans_assignment, knn_accuracy
from cae.evaluation.reconstruction import psnr, ssim
from cae.latent.cluster import hdbscan_clusters
from cae.progress import Progress, silent
from cae.study import Study

_DIGITS = 4
_STAGES = 3
# An image given back exactly has an infinite PSNR; 8 bits cannot tell it from this one.
_HIGHEST_PSNR = 100.0


def evaluate(study: Study, progress: Progress = silent) -> dict[str, Any]:
    """Return the figures of a study's test split, JSON-able.

    Keys: ``method``, ``train_images``, ``test_images``, ``classes``; from labels ``knn_accuracy``
    (15 nearest training latents, cosine), ``kmeans_accuracy`` (as many clusters as classes,
    learnt on train, matched one to one) and ``kmeans_nmi``; of the map ``hdbscan_clusters`` (all
    images) and ``hdbscan_nmi`` (unclustered counts as a group); of decoded images ``psnr_db`` and
    ``ssim`` (means). A figure that needs labels or test images is None where there are none.

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
    figures["hdbscan_clusters"] = int(clusters.max()) + 1
    progress(2, _STAGES, "labels")
    figures |= _reconstruction_figures(study, test)
    progress(_STAGES, _STAGES, "reconstruction")
    return figures


def _map_clusters(study: Study) -> np.ndarray:
    if study.is_current("cluster") and study.parameters("cluster").get("method") == "hdbscan":
        return study.clusters["cluster"].to_numpy()
    return hdbscan_clusters(np.asarray(study.projection))["cluster"].to_numpy()


def _label_figures(
    study: Study, train: np.ndarray, test: np.ndarray, clusters: np.ndarray
) -> dict[str, Any]:
    label = study.samples["label"]
    known = label.notna().to_numpy()
    train, test = train[known[train]], test[known[test]]
    names = ("classes", "knn_accuracy", "kmeans_accuracy", "kmeans_nmi", "hdbscan_nmi")
    if len(train) == 0 or len(test) == 0:
        return dict.fromkeys(names)
    codes = np.full(len(label), -1)
    codes[known] = LabelEncoder().fit_transform(label[known].astype(str))
    latents = study.latents
    train_latents, test_latents = np.asarray(latents[train]), np.asarray(latents[test])
    classes = len(np.unique(codes[train]))
    assigned = kmeans_assignment(train_latents, test_latents, classes, study.seed)
    values = (
        classes,
        knn_accuracy(train_latents, codes[train], test_latents, codes[test]),
        hungarian_accuracy(codes[test], assigned),
        mutual_information(codes[test], assigned),
        mutual_information(codes[test], clusters[test]),
    )
    return {name: round(value, _DIGITS) for name, value in zip(names, values, strict=True)}


def _reconstruction_figures(study: Study, test: np.ndarray) -> dict[str, Any]:
    if len(test) == 0:
        return {"psnr_db": None, "ssim": None}
    images = np.asarray(study.images[test])
    decoded = study.model.decode(np.asarray(study.latents[test]))
    return {
        "psnr_db": round(float(np.minimum(psnr(images, decoded), _HIGHEST_PSNR).mean()), 2),
        "ssim": round(float(ssim(images, decoded).mean()), _DIGITS),
    }
