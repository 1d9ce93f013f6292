"""What is laid over an image: its regions in their colours, or how alike its pixels are."""

from collections.abc import Collection

import numpy as np

from cae.columns.colours import on_scale
from cae.local.palette import region_colours

_SQUARE = 3


def region_overlay(labels: np.ndarray, count: int, shown: Collection[int]) -> np.ndarray:
    """Return the regions `shown` in their colours, the others transparent.

    Args:
        labels: (H, W), 0…count−1.
        count: number of regions.
        shown: regions to be seen.

    Returns:
        uint8 (H, W, 4).
    """
    alpha = np.isin(np.arange(count), list(shown)).astype(np.uint8) * 255
    colours: np.ndarray = np.concatenate([region_colours(count), alpha[:, None]], axis=1)
    overlay: np.ndarray = colours[labels]
    return overlay


def similarity_overlay(similarity: np.ndarray) -> np.ndarray:
    """Return similarities on viridis from 0 to 1; what is below 0 counts as 0.

    Args:
        similarity: (H, W), −1…1.

    Returns:
        uint8 (H, W, 4).
    """
    colours = on_scale(similarity)
    opaque = np.full((*colours.shape[:-1], 1), 255, np.uint8)
    return np.concatenate([colours, opaque], axis=-1)


def outline_picture(image: np.ndarray, found: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return an image on which what was found is edged in colour and what was drawn in white.

    Args:
        image: uint8 (H, W, C).
        found: bool (H, W, M), the structures as found; each has the colour of the next region,
            as the first one's blue is lost on dark grounds.
        drawn: bool (H, W, M), as a person drew them.

    Returns:
        uint8 (3H, 3W, 3), each pixel as a square, so that edges hide little.
    """
    large = image.repeat(_SQUARE, axis=0).repeat(_SQUARE, axis=1)
    picture = np.array(np.broadcast_to(large, (*large.shape[:2], 3)))
    colours = region_colours(found.shape[2] + 1)[1:]
    for number, colour in enumerate(colours):
        picture[_edge(drawn[..., number])] = 255
        picture[_edge(found[..., number])] = colour
    return picture


def _edge(mask: np.ndarray) -> np.ndarray:
    from scipy.ndimage import binary_erosion

    large = mask.repeat(_SQUARE, axis=0).repeat(_SQUARE, axis=1)
    edge: np.ndarray = large & ~binary_erosion(large)
    return edge
