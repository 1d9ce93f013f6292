"""The nearest images of every image."""

from dataclasses import dataclass

import numpy as np

from cae.latent.neighbours import unit_vectors
from cae.progress import Progress, silent

MOST_EXACT = 60_000
_ROWS_AT_ONCE = 4096

# So many nearest images tell of outliers and of labels that may be wrong.
GRAPH_NEIGHBOURS = 15


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """The k nearest images of each of N images, without itself, nearest first.

    Attributes:
        rows: int64, (N, k).
        distances: cosine, float32, (N, k).
    """

    rows: np.ndarray
    distances: np.ndarray

    @property
    def pairs(self) -> np.ndarray:
        """Each pair of neighbours once, int64 (P, 2), the lower row first, ascending."""
        sources = np.repeat(np.arange(len(self.rows)), self.rows.shape[1])
        both = np.sort(np.stack([sources, self.rows.ravel()], axis=1), axis=1)
        return np.unique(both, axis=0)

    def first(self, k: int) -> "NeighbourGraph":
        """Return the graph of only the `k` nearest."""
        return NeighbourGraph(self.rows[:, :k], self.distances[:, :k])


def neighbour_graph(
    latents: np.ndarray, k: int = 15, progress: Progress = silent
) -> NeighbourGraph:
    """Find the `k` images of least cosine distance to each image.

    Up to 60,000 images the graph is exact; above that it is approximated by nearest neighbour
    descent (Dong, Moses & Li 2011, pynndescent), which finds nearly all of them.

    Args:
        latents: (N, d), finite; may be memory-mapped.
        k: how many; N − 1 where N is less.
        progress: told of every chunk of the exact search.
    """
    k = min(k, len(latents) - 1)
    if k < 1:
        return NeighbourGraph(
            np.empty((len(latents), 0), np.int64), np.empty((len(latents), 0), np.float32)
        )
    if len(latents) > MOST_EXACT:
        return _without_itself(*_approximate(latents, k + 1))
    return _without_itself(*_exact(latents, k + 1, progress))


def _exact(latents: np.ndarray, k: int, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.neighbors import NearestNeighbors

    # Between vectors of one length the least euclidean distance is the least cosine distance.
    directions = unit_vectors(latents)
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(directions)
    rows = np.empty((len(latents), k), np.int64)
    distances = np.empty((len(latents), k), np.float32)
    for start in range(0, len(latents), _ROWS_AT_ONCE):
        part = slice(start, min(start + _ROWS_AT_ONCE, len(latents)))
        rows[part] = index.kneighbors(directions[part], return_distance=False)
        cosines = np.einsum("nd,nkd->nk", directions[part], directions[rows[part]])
        distances[part] = np.clip(1 - cosines, 0, 2)
        progress(part.stop, len(latents), "images compared")
    return rows, distances


def _approximate(latents: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    from pynndescent import NNDescent

    index = NNDescent(np.asarray(latents), metric="cosine", n_neighbors=k, random_state=0)
    rows, distances = index.neighbor_graph
    return rows.astype(np.int64), distances.astype(np.float32)


def _without_itself(rows: np.ndarray, distances: np.ndarray) -> NeighbourGraph:
    """Leave out each row's own number, or the farthest where many coincide and hide it."""
    is_itself = rows == np.arange(len(rows))[:, None]
    is_itself[~is_itself.any(axis=1), -1] = True
    shape = (len(rows), rows.shape[1] - 1)
    return NeighbourGraph(rows[~is_itself].reshape(shape), distances[~is_itself].reshape(shape))
