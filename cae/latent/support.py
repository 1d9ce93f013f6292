"""Where the images are: how far a latent may be from the nearest of them before it leaves them."""

import numpy as np
from scipy.spatial import cKDTree

from cae.latent.neighbours import nearest
from cae.latent.spread import evenly_spread

_MOST_IMAGES = 500
_USUAL = 0.99


def usual_gap(latents: np.ndarray) -> float:
    """Return the cosine distance within which 99 % of the images have another image.

    A latent farther than that from its nearest image lies where the model has seen next to
    nothing, and what it decodes there is a guess. At most 500 images, evenly spread over the
    rows, are asked, all are looked at.

    Args:
        latents: (N, d); may be memory-mapped.

    Returns:
        0–2; 2 for a single image.
    """
    if len(latents) < 2:
        return 2.0
    asked = evenly_spread(len(latents), _MOST_IMAGES)
    rows, distances = nearest(latents, np.asarray(latents[asked]), 2)
    # Of two images that are alike either may come first.
    others = np.where(rows[:, 0] == asked, distances[:, 1], distances[:, 0])
    return float(np.quantile(others, _USUAL))


def usual_gap_on_map(projection: np.ndarray) -> float:
    """Return the distance on a map within which 99 % of the images have another image.

    Where it is farther to every image the map is empty, and what a latent from there is decoded to
    says nothing of an image.

    Args:
        projection: (N, 2 or 3).

    Returns:
        At least 0, in the map's units; infinite for a single image.
    """
    if len(projection) < 2:
        return np.inf
    distances, _ = cKDTree(np.asarray(projection)).query(projection, [2])
    return float(np.quantile(distances, _USUAL))
