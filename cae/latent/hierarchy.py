"""Pseudo-classes: groups of latents by hierarchical clustering."""

import numpy as np

from cae.errors import CaeError
from cae.latent.spread import require_latents

_LARGEST_LINKAGE = 20_000


def ward_classes(latents: np.ndarray, k: int, seed: int = 0) -> np.ndarray:
    """Group latents by Ward's hierarchical clustering (Ward 1963), euclidean.

    Linkage takes memory that grows with the square of the number of latents. Above 20,000
    latents it is of a random subsample, and each other latent joins the group with the nearest
    centre.

    Args:
        latents: (N, d), finite.
        k: number of groups, 1 to N, at most 20,000.
        seed: of the subsample.

    Returns:
        int64, (N,), groups 0…k−1.

    Raises:
        CaeError: the latents are not finite, or `k` is not so many.
    """
    latents = np.asarray(latents, dtype=np.float32)
    require_latents(latents)
    if not 1 <= k <= min(len(latents), _LARGEST_LINKAGE):
        raise CaeError(
            f"{len(latents)} images cannot form {k} pseudo-classes; change their number."
        )
    if len(latents) <= _LARGEST_LINKAGE:
        return _linked(latents, k)
    from sklearn.neighbors import NearestCentroid

    random = np.random.default_rng(seed)
    chosen = random.choice(len(latents), _LARGEST_LINKAGE, replace=False)
    classes = _linked(latents[chosen], k)
    if k == 1:
        return np.zeros(len(latents), np.int64)
    found: np.ndarray = NearestCentroid().fit(latents[chosen], classes).predict(latents)
    found[chosen] = classes
    return found


def _linked(latents: np.ndarray, k: int) -> np.ndarray:
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(latents) == 1:
        return np.zeros(1, np.int64)
    tree = linkage(latents, method="ward")
    return fcluster(tree, k, criterion="maxclust").astype(np.int64) - 1
