"""The images that stand for a cluster: medoids."""

import numpy as np

from cae.latent.neighbours import nearest, unit_vectors
from cae.latent.spread import evenly_spread

_MOST_MEMBERS = 10_000


def medoids(latents: np.ndarray, clusters: np.ndarray, count: int) -> list[int]:
    """Return the medoid of each of the largest clusters, the largest first.

    The medoid is the member with the least sum of cosine distances to all others, which is the one
    nearest to the mean direction of its cluster's latents. Of clusters of
    more than 10,000 images, so many, evenly spread over the rows, are looked at.

    Args:
        latents: (N, d), may be memory-mapped.
        clusters: int (N,); −1 is unclustered and has no medoid.
        count: the largest number of clusters.

    Returns:
        At most `count` rows; none where everything is unclustered.
    """
    numbers, sizes = np.unique(clusters[clusters >= 0], return_counts=True)
    largest = numbers[np.argsort(-sizes, kind="stable")][:count]
    return [medoid(latents, np.flatnonzero(clusters == number)) for number in largest]


def medoid(latents: np.ndarray, rows: np.ndarray) -> int:
    """Return the medoid of `rows`, of which there is at least one."""
    if len(rows) > _MOST_MEMBERS:
        rows = rows[evenly_spread(len(rows), _MOST_MEMBERS)]
    directions = unit_vectors(latents[rows])
    best, _ = nearest(directions, directions.mean(axis=0, keepdims=True), 1)
    return int(rows[best[0, 0]])
