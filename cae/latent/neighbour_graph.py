"""The nearest images of every image."""

from dataclasses import dataclass

import numpy as np

from cae.latent.neighbour_index import NeighbourIndex
from cae.latent.neighbours import unit_vectors
from cae.progress import Progress, silent

_ROWS_AT_ONCE = 4096

# So many nearest images tell of outliers and of labels that may be wrong.
GRAPH_NEIGHBOURS = 15


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """The k nearest images of each of N images, without itself, nearest first.

    Attributes:
        rows: int32, (N, k).
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

    Up to 100,000 images the graph is exact, above that almost, see `NeighbourIndex`. The same
    latents give the same graph on the same machine.

    Args:
        latents: (N, d), finite; may be memory-mapped.
        k: how many; N − 1 where N is less.
        progress: told of every chunk of the search.

    Example:
        >>> import numpy as np
        >>> neighbour_graph(np.array([[1, 0], [1, 0.1], [0, 1]]), k=1).rows.ravel().tolist()
        [1, 0, 1]
    """
    k = min(k, len(latents) - 1)
    if k < 1:
        return NeighbourGraph(
            np.empty((len(latents), 0), np.int32), np.empty((len(latents), 0), np.float32)
        )
    directions = unit_vectors(latents)
    index = NeighbourIndex(directions, k + 1)
    rows = np.empty((len(latents), k), np.int32)
    distances = np.empty((len(latents), k), np.float32)
    for start in range(0, len(latents), _ROWS_AT_ONCE):
        part = slice(start, min(start + _ROWS_AT_ONCE, len(latents)))
        found = index.nearest(directions[part])
        rows[part], distances[part] = _others(directions, np.arange(part.start, part.stop), found)
        progress(part.stop, len(latents), "images compared")
    return NeighbourGraph(rows, distances)


def _others(
    directions: np.ndarray, asked: np.ndarray, found: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what was found (M, k + 1) for some rows without themselves, and cosine distances.

    Nearest first, of equally near ones the lower row first. Where many coincide and hide a row, the
    farthest is left out instead.
    """
    cosines = np.einsum("nd,nkd->nk", directions[asked], directions[found])
    distances = np.clip(1 - cosines, 0, 2)
    order = np.lexsort((found, distances))
    found = np.take_along_axis(found, order, axis=1)
    distances = np.take_along_axis(distances, order, axis=1)
    is_itself = found == asked[:, None]
    is_itself[~is_itself.any(axis=1), -1] = True
    shape = (len(asked), found.shape[1] - 1)
    return found[~is_itself].reshape(shape), distances[~is_itself].reshape(shape)
