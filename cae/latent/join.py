"""Which cluster a new latent joins, without finding the clusters anew."""

import numpy as np
import pandas as pd

from cae.latent.neighbours import nearest

_SMALLEST_DISTANCE = 1e-9


def join_clusters(
    latents: np.ndarray, clusters: pd.DataFrame, queries: np.ndarray, k: int = 15
) -> pd.DataFrame:
    """Return the cluster that each query joins: the one that its nearest images are in.

    The `k` nearest images vote, each weighted by 1 / cosine distance (Dudani 1976), those of no
    cluster for none. The ``probability`` is the winner's share of the votes times the mean
    probability of its voters, weighted alike; a query that equals an image's latent joins as
    that image did. With d the mean distance to these images and m the median of theirs to their
    own, ``outlier_score`` is max(0, 1 − m / d), or the voters' mean score where that is more.

    Args:
        latents: (N, d) of the images that have clusters.
        clusters: N rows as of `cae.latent.cluster.hdbscan_clusters`.
        queries: (M, d), finite.
        k: number of neighbours.

    Returns:
        M rows with the same columns and types as `clusters`.

    Raises:
        CaeError: as `nearest` does.

    Example:
        >>> import numpy as np, pandas as pd
        >>> found = {"cluster": [0, 0, 1], "probability": [1.0, 0.8, 1.0], "outlier_score": 0.0}
        >>> latents = np.array([[1, 0], [1, 0.1], [0, 1]])
        >>> joined = join_clusters(latents, pd.DataFrame(found), np.array([[0.1, 1]]), k=2)
        >>> joined["cluster"].tolist()
        [1]
    """
    rows, distances = nearest(latents, queries, k)
    weights = 1 / np.maximum(distances.astype(np.float64), _SMALLEST_DISTANCE)
    weights /= weights.sum(axis=1, keepdims=True)
    voted = clusters["cluster"].to_numpy()[rows]
    # Row m, column j: the votes for the cluster that voter j is in.
    votes = np.einsum("mj,mij->mi", weights, voted[:, :, None] == voted[:, None, :])
    winner = voted[np.arange(len(rows)), votes.argmax(axis=1)]
    is_of_winner = voted == winner[:, None]
    probabilities = clusters["probability"].to_numpy(np.float64)[rows]
    probability = (weights * is_of_winner * probabilities).sum(axis=1)
    scores = (weights * clusters["outlier_score"].to_numpy(np.float64)[rows]).sum(axis=1)
    outlier_score = np.maximum(scores, _remoteness(latents, rows, distances, k))
    joined = {
        "cluster": winner,
        "probability": np.where(winner >= 0, probability, 0).clip(0, 1),
        "outlier_score": outlier_score.clip(0, 1),
    }
    return pd.DataFrame(joined).astype({name: clusters[name].dtype for name in joined})


def _remoteness(latents: np.ndarray, rows: np.ndarray, distances: np.ndarray, k: int) -> np.ndarray:
    """Return how much farther than among images its neighbours are from each query, 0–1."""
    known, places = np.unique(rows, return_inverse=True)
    # The nearest of each image is itself.
    own = nearest(latents, np.asarray(latents[known]), k + 1)[1][:, 1:]
    usual = own.mean(axis=1, dtype=np.float64) if own.shape[1] else np.zeros(len(known))
    usual = np.median(usual[places.reshape(rows.shape)], axis=1)
    away = distances.mean(axis=1, dtype=np.float64)
    ratio = np.divide(usual, away, out=np.ones_like(away), where=away > _SMALLEST_DISTANCE)
    remoteness: np.ndarray = np.clip(1 - ratio, 0, 1)
    return remoteness
