"""The nearest images of every image of a study, found once and kept."""

import numpy as np

from cae.latent.neighbour_graph import NeighbourGraph, neighbour_graph
from cae.latent.neighbours import nearest
from cae.progress import Progress, silent
from cae.study.derived import keep_derived, read_derived
from cae.study.study import Study

_NAME, _STEPS = "neighbours", ("encode",)
# As many as the map looks at, which are more than anything else does.
MOST_KEPT = 30
_ENTRY = np.dtype([("row", "<i4"), ("distance", "<f4")])


def neighbours_of_all(study: Study, k: int, progress: Progress = silent) -> NeighbourGraph:
    """Return the `k` images nearest to each image of a study by latent, see `neighbour_graph`.

    Up to 30 are kept in the study; where it cannot be written to they are found anew each time.

    Args:
        study: with latents.
        k: how many; N − 1 where N is less.
        progress: told how far the search is, where there is one.
    """
    kept = _read(study)
    if kept is None or kept.shape[1] < min(k, len(kept) - 1):
        graph = neighbour_graph(study.latents, max(k, MOST_KEPT), progress)
        if kept is None:
            first = graph.first(MOST_KEPT)
            entries = np.empty(first.rows.shape, _ENTRY)
            entries["row"], entries["distance"] = first.rows, first.distances
            keep_derived(study, _NAME, _STEPS, entries)
        return graph.first(k)
    return NeighbourGraph(
        np.ascontiguousarray(kept["row"][:, :k]), np.ascontiguousarray(kept["distance"][:, :k])
    )


def neighbours_of_one(study: Study, row: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` images nearest to image `row`, without itself, and their cosine distances.

    They are read where they are kept, else all images are compared.

    Args:
        study: with latents.
        row: of an image.
        k: how many; N − 1 where N is less.

    Returns:
        Rows, int64 (k,), nearest first, and distances, float32 (k,).
    """
    kept = _read(study, check=False)
    if kept is not None and k <= kept.shape[1]:
        found = kept[row, :k]
        rows, distances = found["row"].astype(np.int64), found["distance"].copy()
        if _is_sound(found, len(study.latents)):
            return rows, distances
    rows, distances = (one[0] for one in nearest(study.latents, study.latents[[row]], k + 1))
    is_other = rows != row
    return rows[is_other][:k], distances[is_other][:k]


def _read(study: Study, check: bool = True) -> np.ndarray | None:
    """Memory-map what is kept, `_ENTRY` (N, k); None where there is nothing or it is damaged.

    What is not checked here must be before it is used.
    """
    kept, count = read_derived(study, _NAME, _STEPS), len(study.latents)
    if kept is None or kept.dtype != _ENTRY or kept.shape != (count, min(MOST_KEPT, count - 1)):
        return None
    return kept if not check or _is_sound(kept, len(kept)) else None


def _is_sound(entries: np.ndarray, count: int) -> bool:
    rows, distances = entries["row"], entries["distance"]
    return bool(
        ((rows >= 0) & (rows < count)).all() and ((distances >= 0) & (distances <= 2)).all()
    )
