"""Finds the nearest of many latents."""

from typing import Any

import numpy as np

from cae.latent.spread import evenly_spread

MOST_EXACT = 100_000
# What an approximate search must find of the nearest images of some that are searched exactly too.
LEAST_RECALL = 0.98
_ROWS_CHECKED = 500
_LISTS_PER_ROOT = 4
_TRAINED_ON_PER_LIST = 40
_FEWEST_LISTS_SEARCHED = 8
_ALIKE = 1e-6


class NeighbourIndex:
    """Finds the `k` latents of least cosine distance, by faiss (Douze et al. 2024).

    Up to 100,000 latents the search is exact. Above that a latent is compared with those of the
    lists of an inverted file (Jégou, Douze & Schmid 2011, IVF) that are nearest to it, as many
    that 98 % of the nearest of 500 latents are found.
    """

    def __init__(self, directions: np.ndarray, k: int) -> None:
        """Prepare the search.

        Args:
            directions: float32, (N, d), of length one: of such vectors those of largest inner
                product have the least cosine distance.
            k: how many are looked for, 1 to N.
        """
        self._directions, self._k = directions, k
        is_exact = len(directions) <= MOST_EXACT
        self._index = _exact(directions) if is_exact else _approximate(directions, k)

    def nearest(self, queries: np.ndarray) -> np.ndarray:
        """Return the rows of the `k` nearest to each of `queries`, in no certain order.

        Args:
            queries: float32, (M, d), of length one.

        Returns:
            int64, (M, k).
        """
        found: np.ndarray = self._index.search(queries, self._k)[1]
        # The lists that were searched hold too few; −1 stands for the others.
        short = np.flatnonzero((found < 0).any(axis=1))
        if len(short):
            found[short] = _exact(self._directions).search(queries[short], self._k)[1]
        return found


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


def _recall(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the share of neighbours found that are as near as the farthest of the nearest.

    Which they are does not count: of images that are alike any will do, and an approximate search
    finds others of them than an exact one.

    Args:
        found: cosines of what was found, (M, k), nearest first.
        expected: those of the nearest.
    """
    return float((found >= expected[:, -1:] - _ALIKE).mean())
