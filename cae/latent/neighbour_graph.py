"""The nearest images of every image."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cae.latent.neighbours import unit_vectors
from cae.latent.spread import evenly_spread
from cae.progress import Progress, silent

MOST_EXACT = 100_000
_ROWS_AT_ONCE = 4096

# What an approximate search must find of the nearest images of some that are searched exactly too.
LEAST_RECALL = 0.98
_ROWS_CHECKED = 500
_LISTS_PER_ROOT = 4
_TRAINED_ON_PER_LIST = 40
_FEWEST_LISTS_SEARCHED = 8
_ALIKE = 1e-6

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

    Up to 100,000 images the graph is exact. Above that each image is compared with those of the
    lists of an inverted file (Jégou, Douze & Schmid 2011, IVF) that are nearest to it, as many
    that 98 % of the neighbours of 500 images are found. Both are by faiss (Douze et al. 2024). The
    same latents give the same graph on the same machine.

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
    # Of vectors of one length those of largest inner product have the least cosine distance.
    directions = unit_vectors(latents)
    index = _exact(directions) if len(latents) <= MOST_EXACT else _approximate(directions, k + 1)
    rows = np.empty((len(latents), k), np.int32)
    distances = np.empty((len(latents), k), np.float32)
    for start in range(0, len(latents), _ROWS_AT_ONCE):
        part = slice(start, min(start + _ROWS_AT_ONCE, len(latents)))
        found = _searched(index, directions, directions[part], k + 1)
        rows[part], distances[part] = _others(directions, np.arange(part.start, part.stop), found)
        progress(part.stop, len(latents), "images compared")
    return NeighbourGraph(rows, distances)


def _exact(directions: np.ndarray) -> Any:
    """Return a faiss index that compares each query with all of `directions` (N, d)."""
    import faiss

    index = faiss.IndexFlatIP(directions.shape[1])
    index.add(directions)
    return index


def _approximate(directions: np.ndarray, k: int) -> Any:
    """Return a faiss index of inverted lists that finds `LEAST_RECALL` of the `k` nearest."""
    import faiss

    count, size = directions.shape
    lists = int(_LISTS_PER_ROOT * np.sqrt(count))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(size), size, lists, faiss.METRIC_INNER_PRODUCT)
    index.train(directions[evenly_spread(count, _TRAINED_ON_PER_LIST * lists)])
    index.add(directions)
    checked = directions[evenly_spread(count, _ROWS_CHECKED)]
    expected = faiss.knn(checked, directions, k, metric=faiss.METRIC_INNER_PRODUCT)[0]
    index.nprobe = _FEWEST_LISTS_SEARCHED
    while index.nprobe < lists and _recall(index.search(checked, k)[0], expected) < LEAST_RECALL:
        index.nprobe = min(2 * index.nprobe, lists)
    return index


def _searched(index: Any, directions: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    """Return the rows of the `k` nearest of each query, int64 (M, k), in no certain order."""
    found: np.ndarray = index.search(queries, k)[1]
    # The lists that were searched hold too few; −1 stands for the others.
    short = np.flatnonzero((found < 0).any(axis=1))
    if len(short):
        found[short] = _exact(directions).search(queries[short], k)[1]
    return found


def _recall(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the share of neighbours found that are as near as the farthest of the nearest.

    Which they are does not count: of images that are alike any will do, and an approximate search
    finds others of them than an exact one.

    Args:
        found: cosines of what was found, (M, k), nearest first.
        expected: those of the nearest.
    """
    return float((found >= expected[:, -1:] - _ALIKE).mean())


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
