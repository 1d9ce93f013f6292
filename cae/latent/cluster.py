"""Groups of points: density-based (HDBSCAN) or around centres (k-means)."""

import warnings

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.latent.spread import require_latents
from cae.number_text import counted

_MIN_SAMPLES = 10


def default_min_cluster_size(count: int) -> int:
    """Return the smallest group worth a cluster: 2 % of `count` images, at least 15."""
    return max(15, count // 50)


def hdbscan_clusters(points: np.ndarray, min_cluster_size: int | None = None) -> pd.DataFrame:
    """Group points by density with HDBSCAN (Campello et al. 2015), euclidean.

    Args:
        points: (N, D), finite; the map's coordinates or latents.
        min_cluster_size: fewest members of a cluster, at least 2;
            `default_min_cluster_size` where None.

    Returns:
        One row per point: ``cluster`` (int64; 0 is the largest, −1 is unclustered),
        ``probability`` of belonging to it (0–1, 0 when unclustered) and ``outlier_score``
        (GLOSH, 0–1; 0 where it is undefined because many points coincide). With fewer points
        than `min_cluster_size` all are unclustered.

    Raises:
        CaeError: the points are not finite, or `min_cluster_size` is below 2.

    Example:
        >>> import numpy as np
        >>> spread = np.random.default_rng(0).normal(size=(50, 2))
        >>> groups = hdbscan_clusters(np.vstack([spread[:20], 50 + spread[20:]]))
        >>> groups["cluster"].value_counts().to_dict()
        {0: 30, 1: 20}
    """
    points = np.asarray(points, dtype=np.float64)
    require_latents(points, "points")
    if min_cluster_size is None:
        min_cluster_size = default_min_cluster_size(len(points))
    if min_cluster_size < 2:
        smallest = counted(min_cluster_size, "image")
        raise CaeError(f"The smallest cluster has {smallest}; it needs 2 or more.")
    if len(points) < min_cluster_size:
        nothing = np.zeros(len(points))
        return _table(np.full(len(points), -1), nothing, nothing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from hdbscan import HDBSCAN

        found = HDBSCAN(
            min_cluster_size=min_cluster_size,
            min_samples=min(_MIN_SAMPLES, min_cluster_size, len(points) - 1),
            core_dist_n_jobs=1,
        ).fit(points)
        outlier_score = found.outlier_scores_
    outlier_score = np.nan_to_num(outlier_score, nan=0.0, posinf=1.0, neginf=0.0)
    return _table(by_size(found.labels_), found.probabilities_, outlier_score)


def kmeans_clusters(latents: np.ndarray, k: int, seed: int) -> pd.DataFrame:
    """Group latents around `k` centres with k-means, ten starts, euclidean.

    With d₁ and d₂ the distances to the nearest and second nearest centre and m the median d₁
    of the cluster's members, ``probability`` = d₂² / (d₁² + d₂²), which is the membership of
    fuzzy c-means (Bezdek 1981, fuzzifier 2) between these two centres and lies in 0.5–1, and
    ``outlier_score`` = max(0, 1 − m / d₁): 0 for the inner half, 0.5 at twice the median.

    Args:
        latents: (N, d), finite.
        k: number of clusters, 1 to N.
        seed: of the starts.

    Returns:
        The same columns as `hdbscan_clusters`; no image is unclustered.

    Raises:
        CaeError: the latents are not finite, or `k` is not in 1…N.
    """
    latents = np.asarray(latents, dtype=np.float32)
    require_latents(latents)
    if not 1 <= k <= len(latents):
        wanted, there = counted(k, "cluster"), counted(len(latents), "image")
        raise CaeError(f"k-means cannot make {wanted} of {there}; change k.")
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # Fewer distinct latents than centres leave centres unused, which does no harm.
        warnings.simplefilter("ignore", ConvergenceWarning)
        kmeans = KMeans(k, n_init=10, random_state=seed).fit(latents)
    return centre_clusters(latents, kmeans.cluster_centers_)


def centre_clusters(latents: np.ndarray, centres: np.ndarray) -> pd.DataFrame:
    """Group latents by the nearest of given centres, euclidean.

    Args:
        latents: (N, d), finite.
        centres: (K, d), at least one.

    Returns:
        As `kmeans_clusters`; a centre that is nearest to no image has no cluster.
    """
    from sklearn.metrics import pairwise_distances

    distances = pairwise_distances(latents, centres).astype(np.float64)
    labels = distances.argmin(axis=1)
    cluster = by_size(labels)
    nearest = distances[np.arange(len(latents)), labels]
    return _table(cluster, _membership(distances, nearest), _relative_distance(nearest, cluster))


def by_size(labels: np.ndarray) -> np.ndarray:
    """Return labels renumbered 0, 1, … from the largest group on; −1 stays.

    Of groups of one size, the one with the earlier first member comes first.
    """
    labels = np.asarray(labels)
    names, first, counts = np.unique(labels, return_index=True, return_counts=True)
    named = names >= 0
    order = np.lexsort((first[named], -counts[named]))
    renumbered = np.full(len(labels), -1, dtype=np.int64)
    for new, old in enumerate(names[named][order]):
        renumbered[labels == old] = new
    return renumbered


def _membership(distances: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    if distances.shape[1] == 1:
        return np.ones(len(distances))
    second = np.partition(distances, 1, axis=1)[:, 1]
    both = nearest**2 + second**2
    # Two centres at one place are equally near to what lies there.
    membership: np.ndarray = np.divide(second**2, both, out=np.full(len(both), 0.5), where=both > 0)
    return membership


def _relative_distance(nearest: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    median = pd.Series(nearest).groupby(cluster).transform("median").to_numpy()
    ratio = np.divide(median, nearest, out=np.ones_like(nearest), where=nearest > 0)
    relative: np.ndarray = np.clip(1 - ratio, 0.0, 1.0)
    return relative


def _table(cluster: np.ndarray, probability: np.ndarray, outlier_score: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cluster": cluster.astype(np.int64),
            "probability": np.clip(probability, 0.0, 1.0).astype(np.float32),
            "outlier_score": np.clip(outlier_score, 0.0, 1.0).astype(np.float32),
        }
    )
