"""How far every image is from several, and which are the nearest of the others."""

import numpy as np

from cae.errors import CaeError
from cae.latent.neighbours import nearest, unit_vectors
from cae.latent.spread import evenly_spread

_ROWS_AT_ONCE = 1 << 14
_MOST_MEMBERS = 2_000


def distances_to_centre(latents: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the cosine distance of every latent to the mean direction of some of them.

    Args:
        latents: (N, d), may be memory-mapped.
        rows: row numbers, at least one.

    Returns:
        float32, (N,), 0–2; 1 everywhere where the directions cancel out.

    Raises:
        CaeError: `rows` is empty.
    """
    _require_some(rows)
    centre = unit_vectors(latents[rows]).mean(axis=0, keepdims=True)
    return _chunked(latents, centre)


def distances_to_any(latents: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the cosine distance of every latent to the nearest of some of them.

    Of more than 2,000 rows, so many, evenly spread, are looked at.

    Args:
        latents: (N, d), may be memory-mapped.
        rows: row numbers, at least one.

    Returns:
        float32, (N,), 0–2.

    Raises:
        CaeError: `rows` is empty.
    """
    _require_some(rows)
    if len(rows) > _MOST_MEMBERS:
        rows = rows[evenly_spread(len(rows), _MOST_MEMBERS)]
    return _chunked(latents, unit_vectors(latents[rows]))


def nearest_others(distances: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """Return the `k` rows of least distance that are not among `rows`, nearest first.

    Of equally near ones the lower row comes first; there are fewer where fewer are left.

    Args:
        distances: (N,).
        rows: row numbers that are left out.
        k: how many.

    Returns:
        int64, at most (k,).
    """
    is_other = np.ones(len(distances), dtype=bool)
    is_other[rows] = False
    others = np.flatnonzero(is_other)
    if k < len(others):
        # All that are as near as the k-th stay, so that ties are decided by row.
        limit = np.partition(distances[others], k - 1)[k - 1]
        others = others[distances[others] <= limit]
    return others[np.argsort(distances[others], kind="stable")][:k]


def _chunked(latents: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return, for each latent, the cosine distance to the nearest of `targets`."""
    found = np.empty(len(latents), np.float32)
    for start in range(0, len(latents), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        found[part] = nearest(targets, latents[part], 1)[1][:, 0]
    return found


def _require_some(rows: np.ndarray) -> None:
    if len(rows) == 0:
        raise CaeError("No image is selected to be similar to; select at least one.")
