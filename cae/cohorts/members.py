"""What the images of a group show: their mean, and which of them are typical or extreme."""

import numpy as np

from cae.latent.medoid import medoid
from cae.latent.neighbours import nearest
from cae.latent.spread import evenly_spread

_MOST_AVERAGED, _MOST_MEMBERS = 5_000, 10_000
_ROWS_AT_ONCE = 1 << 14


def mean_image(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the mean of every pixel, float64 (H, W, C), of some of the images.

    Of more than 5,000 images so many, evenly spread over the rows, are looked at.

    Args:
        images: uint8 (N, H, W, C), may be memory-mapped.
        rows: row numbers, at least one.
    """
    spread = rows[evenly_spread(len(rows), _MOST_AVERAGED)]
    total = np.zeros(images.shape[1:], dtype=np.float64)
    for row in spread:
        total += images[row]
    mean: np.ndarray = total / len(spread)
    return mean


def typical(latents: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Return the `count` rows nearest to the medoid of a group by cosine distance.

    The medoid itself comes first; there are fewer where the group has fewer. Of more than 10,000
    images so many, evenly spread, are looked at.

    Args:
        latents: (N, d), may be memory-mapped.
        rows: of the group, ascending, at least one.
        count: how many.
    """
    rows = rows[evenly_spread(len(rows), _MOST_MEMBERS)]
    middle = medoid(latents, rows)
    others = rows[rows != middle]
    if count <= 1 or len(others) == 0:
        return np.array([middle])
    found, _ = nearest(latents[others], latents[middle][None], count - 1)
    return np.array([middle, *others[found[0]]])


def extreme(latents: np.ndarray, rows: np.ndarray, direction: np.ndarray, count: int) -> np.ndarray:
    """Return the `count` rows of a group that lie farthest along a direction, farthest first.

    Of equally far ones the lower row comes first; there are fewer where the group has fewer.

    Args:
        latents: (N, d), may be memory-mapped.
        rows: of the group, ascending.
        direction: (d,).
        count: how many.
    """
    parts = [
        np.asarray(latents[rows[start : start + _ROWS_AT_ONCE]], dtype=np.float64) @ direction
        for start in range(0, len(rows), _ROWS_AT_ONCE)
    ]
    along = np.concatenate(parts) if parts else np.empty(0)
    farthest: np.ndarray = rows[np.argsort(-along, kind="stable")[:count]]
    return farthest
