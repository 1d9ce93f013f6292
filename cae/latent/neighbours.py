"""The real images nearest to a latent."""

import numpy as np

from cae.errors import CaeError
from cae.latent.spread import require_latents

_ROWS_AT_ONCE = 1 << 16
_QUERIES_AT_ONCE = 256


def nearest(latents: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the `k` latents with the least cosine distance to each query, exactly.

    The cosine distance is 1 − cos, from 0 to 2; a vector of zeros is at 1 from everything.
    Latents may be memory-mapped: at most 65,536 of them are in memory at once.

    Args:
        latents: (N, d).
        queries: (M, d), finite.
        k: how many; N where N is less.

    Returns:
        Rows, int64 (M, min(k, N)), nearest first and of equally near ones the lower row first;
        and their distances, float32 of the same shape.

    Raises:
        CaeError: `k` is below 1, or the queries are not finite or of another length.
    """
    queries = np.asarray(queries, dtype=np.float32)
    require_latents(queries, "queries")
    if queries.shape[1] != latents.shape[1]:
        raise CaeError(
            f"The queries have {queries.shape[1]} numbers each, but this study's latents have "
            f"{latents.shape[1]}; use latents of this study."
        )
    if k < 1:
        raise CaeError(f"{k} neighbours were asked for; ask for at least one.")
    k = min(k, len(latents))
    rows = np.empty((len(queries), k), dtype=np.int64)
    distances = np.empty((len(queries), k), dtype=np.float32)
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        part = slice(start, start + _QUERIES_AT_ONCE)
        rows[part], distances[part] = _nearest_to_few(latents, unit_vectors(queries[part]), k)
    return rows, distances


def _nearest_to_few(
    latents: np.ndarray, directions: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    best_rows = np.empty((len(directions), 0), dtype=np.int64)
    best = np.empty((len(directions), 0), dtype=np.float32)
    for start in range(0, len(latents), _ROWS_AT_ONCE):
        part = np.asarray(latents[start : start + _ROWS_AT_ONCE], dtype=np.float32)
        distances = _cosine_distances(directions, part)
        columns = _columns_of_least(distances, min(k, len(part)))
        best = np.hstack([best, np.take_along_axis(distances, columns, axis=1)])
        best_rows = np.hstack([best_rows, columns + start])
        order = np.lexsort((best_rows, best))[:, :k]
        best = np.take_along_axis(best, order, axis=1)
        best_rows = np.take_along_axis(best_rows, order, axis=1)
    return best_rows, best


def _columns_of_least(distances: np.ndarray, k: int) -> np.ndarray:
    """Return the columns (M, k) of the least distances (M, N), of equal ones the lowest."""
    columns = np.argpartition(distances, k - 1, axis=1)[:, :k]
    farthest = np.take_along_axis(distances, columns, axis=1).max(axis=1, keepdims=True)
    is_near = distances <= farthest
    for query in np.flatnonzero(is_near.sum(axis=1) > k):
        near = np.flatnonzero(is_near[query])
        columns[query] = near[np.argsort(distances[query, near], kind="stable")[:k]]
    return columns


def _cosine_distances(directions: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    cosines: np.ndarray = directions @ vectors.T
    norms = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    # The product with a vector of zeros is zero, whatever it is divided by.
    cosines /= np.where(norms > 0, norms, 1)
    distances: np.ndarray = np.clip(1 - cosines, 0, 2)
    return distances


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Return vectors (N, d) as float32 of length one; a vector of zeros stays."""
    vectors = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: np.ndarray = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return units
