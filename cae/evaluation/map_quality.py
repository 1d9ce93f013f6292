"""How much of the latents' neighbourhoods a map keeps."""

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 15
_MOST_POINTS = 3_000


def sampled_rows(count: int, seed: int) -> np.ndarray:
    """Return at most 3,000 of `count` rows, drawn at random and sorted: cost grows as N²."""
    if count <= _MOST_POINTS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, _MOST_POINTS, replace=False))


def map_trustworthiness(latents: np.ndarray, projection: np.ndarray) -> float | None:
    """Return how far neighbours on the map are neighbours by cosine, 0–1.

    Venna & Kaski 2001, with 15 neighbours, or fewer where there are fewer than 32 points; None
    with fewer than four points.

    Args:
        latents: (N, d).
        projection: (N, 2).
    """
    neighbours = min(NEIGHBOURS, (len(latents) - 1) // 2)
    if neighbours < 1:
        return None
    return float(trustworthiness(latents, projection, n_neighbors=neighbours, metric="cosine"))


def neighbourhood_preservation(latents: np.ndarray, projection: np.ndarray) -> float | None:
    """Return the mean share of the 15 nearest latents by cosine that are nearest on the map too."""
    neighbours = min(NEIGHBOURS, len(latents) - 1)
    if neighbours < 1:
        return None
    found = [
        NearestNeighbors(n_neighbors=neighbours, metric=metric).fit(points).kneighbors()[1]
        for points, metric in ((latents, "cosine"), (projection, "euclidean"))
    ]
    shares = [np.isin(*pair).mean() for pair in zip(*found, strict=True)]
    return float(np.mean(shares))
