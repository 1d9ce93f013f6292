"""How far two descriptions of the same images agree about what is near an image."""

import numpy as np

from cae.latent.neighbours import unit_vectors
from cae.latent.spread import evenly_spread

NEIGHBOURS = 10
_MOST_OTHERS = 1_000
_ROWS_AT_ONCE = 4_096


def neighbour_overlap(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return how many neighbours of each image both name, int64 (N,), 0 to k.

    Args:
        first: (N, k), rows of the neighbours of each image, without itself.
        second: (N, k), the same by another description.
    """
    shared: np.ndarray = (first[:, :, None] == second[:, None, :]).sum(axis=(1, 2))
    return shared


def chance_overlap(count: int, k: int) -> float:
    """Return the mean share of `k` neighbours, 0–1, that chance lets two descriptions share.

    Args:
        count: of images, more than `k`.
        k: neighbours of each.
    """
    return k / (count - 1)


def profile_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return, for each image, how its cosine distances to the others correlate, float64 (N,).

    This is Pearson's correlation, −1 to 1, over the others, of which at most 1,000 evenly spread
    ones are looked at; 0 where all distances are the same.

    Args:
        first: (N, d), latents, at least three.
        second: (N, e), of the same images.

    Source: Kriegeskorte, Mur, Bandettini 2008, "Representational similarity analysis".
    """
    units = unit_vectors(first), unit_vectors(second)
    others = evenly_spread(len(first), _MOST_OTHERS)
    found = np.empty(len(first))
    for start in range(0, len(first), _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, len(first)))
        is_other = others != rows[:, None]
        profiles = [_centred(one[rows] @ one[others].T, is_other) for one in units]
        products = (profiles[0] * profiles[1]).sum(axis=1)
        norms = np.prod([np.linalg.norm(profile, axis=1) for profile in profiles], axis=0)
        found[rows] = np.divide(products, norms, out=np.zeros(len(rows)), where=norms > 0)
    return found


def most_apart(overlap: np.ndarray, correlations: np.ndarray, most: int) -> np.ndarray:
    """Return the rows of the images that two descriptions disagree about most, int64.

    These share the fewest neighbours; of equally many, the distances to all others correlate least.

    Args:
        overlap: (N,), as `neighbour_overlap` returns it.
        correlations: (N,), as `profile_correlations` returns them.
        most: how many.
    """
    return np.lexsort((correlations, overlap))[:most]


def _centred(cosines: np.ndarray, is_other: np.ndarray) -> np.ndarray:
    """Return cosines (M, O) less their mean over others; 0 of an image with itself."""
    values = np.where(is_other, cosines.astype(np.float64), 0.0)
    means = values.sum(axis=1, keepdims=True) / is_other.sum(axis=1, keepdims=True)
    return np.where(is_other, values - means, 0.0)
