"""How far each image lies from all others."""

import numpy as np

from cae.latent.neighbour_graph import NeighbourGraph


def knn_outlier_scores(graph: NeighbourGraph) -> np.ndarray:
    """Return the mean distance of each image to its nearest ones, the larger the more outlying.

    Angiulli & Pizzuti 2002, *Fast outlier detection in high dimensional spaces*. Unlike a score
    of density relative to the surroundings it stays small within groups of near-duplicates.

    Args:
        graph: of N images.

    Returns:
        float32, (N,), 0–2; 0 where the graph has no neighbours.
    """
    if graph.distances.shape[1] == 0:
        return np.zeros(len(graph.distances), np.float32)
    means: np.ndarray = graph.distances.mean(axis=1)
    return means


def most_outlying(scores: np.ndarray, count: int) -> np.ndarray:
    """Return the `count` rows of highest score, the highest first; NaN is never among them."""
    order = np.argsort(-scores, kind="stable")
    return order[: min(count, np.count_nonzero(~np.isnan(scores)))]
