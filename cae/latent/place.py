"""Where a new latent lies on an existing map."""

import numpy as np

from cae.latent.neighbours import nearest

# So many images that a new one is placed amid.
NEIGHBOURS = 15
_ITERATIONS = 60
_SMALLEST_DISTANCE = 1e-9


def place(latents: np.ndarray, projection: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Place queries on the map where their nearest neighbours lie.

    The place is the geometric median of the 15 nearest images' positions (Weiszfeld 1937),
    each weighted by 1 / cosine distance (inverse distance weighting, Shepard 1968). Unlike the
    mean it stays with the stronger group when neighbours lie on two islands of the map, instead
    of in the void between. A query that equals an image's latent is placed on that image.

    Args:
        latents: (N, d).
        projection: (N, 2), the map.
        queries: (M, d), finite.

    Returns:
        float32, (M, 2).

    Raises:
        CaeError: as `nearest` does.
    """
    return amid(projection, *nearest(latents, queries, NEIGHBOURS))


def amid(projection: np.ndarray, rows: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Return the places amid some images of the map, the nearer ones counting more; see `place`.

    Args:
        projection: (N, D), the map.
        rows: (M, k), of the images amid which each place is.
        distances: (M, k), how far these are.

    Returns:
        float32, (M, D).
    """
    positions = np.asarray(projection, dtype=np.float64)[rows]
    weights = 1 / np.maximum(distances.astype(np.float64), _SMALLEST_DISTANCE)
    return _geometric_median(positions, weights).astype(np.float32)


def _geometric_median(positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the point with the least weighted sum of distances to (M, k, 2), per M."""
    median = _mean(positions, weights)
    extent = np.ptp(positions, axis=1).max(axis=1)
    # Weiszfeld's step divides by the distance, which is zero on a given point.
    floor = np.maximum(extent * 1e-6, 1e-12)[:, None]
    for _ in range(_ITERATIONS):
        away = np.linalg.norm(positions - median[:, None], axis=2)
        median = _mean(positions, weights / np.maximum(away, floor))
    return median


def _mean(positions: np.ndarray, weights: np.ndarray) -> np.ndarray:
    shares = weights / weights.sum(axis=1, keepdims=True)
    means: np.ndarray = np.einsum("mk,mkc->mc", shares, positions)
    return means
