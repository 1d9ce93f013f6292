"""Where on a map the points are dense, as lines of equal density."""

from dataclasses import dataclass

import numpy as np

# Of the points, the largest first.
SHARES = (0.9, 0.75, 0.5, 0.25, 0.1)
_CELLS = 128
_BLUR = 2.0
_MARGIN = 0.08


@dataclass(frozen=True, eq=False)
class Contour:
    """One closed line: float32 corners (P, 2), and the share of the points (0–1) in such lines."""

    share: float
    corners: np.ndarray


def density_contours(xy: np.ndarray) -> list[Contour]:
    """Return the borders of the smallest regions that hold the shares `SHARES` of the points.

    The points are counted in 128×128 cells and blurred by a Gaussian of two cells; the regions
    are those of highest density (Hyndman, The American Statistician 1996).

    Args:
        xy: points (N, 2); those that are not finite are left out.

    Returns:
        The lines of the first share, then of the next; none where all points are in one place.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.measure import find_contours

    xy = np.asarray(xy, dtype=np.float64)
    xy = xy[np.isfinite(xy).all(axis=1)]
    if len(xy) == 0 or (np.ptp(xy, axis=0) == 0).any():
        return []
    low, size = xy.min(axis=0), np.ptp(xy, axis=0)
    low, size = low - _MARGIN * size, (1 + 2 * _MARGIN) * size
    across, up = ((xy - low) * (_CELLS / size)).astype(np.int64).T
    counts = np.bincount(across * _CELLS + up, minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    density = gaussian_filter(counts.astype(float), _BLUR, mode="constant")
    found = []
    for share, level in zip(SHARES, _levels(density), strict=True):
        for line in find_contours(density, level):
            corners = low + (line + 0.5) / _CELLS * size
            found.append(Contour(share, corners.astype(np.float32)))
    return found


def _levels(density: np.ndarray) -> np.ndarray:
    """Return the densities whose cells, with all denser ones, hold the shares of the whole."""
    falling = np.sort(density.ravel())[::-1]
    held = np.cumsum(falling)
    levels: np.ndarray = falling[np.searchsorted(held, np.asarray(SHARES) * held[-1])]
    return levels
