"""The map: UMAP's two-dimensional picture of the latents."""

import io
import re
import warnings
from typing import Any

import numpy as np

from cae.latent.neighbour_graph import NeighbourGraph, neighbour_graph
from cae.latent.neighbours import unit_vectors
from cae.latent.principal import principal_projection
from cae.latent.spread import require_latents
from cae.progress import Progress, silent

_FEWEST = 5
_COMPILING = "starting UMAP (its first run compiles it, which takes up to a minute)"
_BEFORE_EPOCHS = 20
_NOISE = 1e-4


def project(
    latents: np.ndarray,
    seed: int,
    n_neighbors: int = 30,
    min_dist: float = 0.1,
    metric: str = "cosine",
    progress: Progress = silent,
    dimensions: int = 2,
    graph: NeighbourGraph | None = None,
) -> np.ndarray:
    """Lay latents out on a plane, or in space, with UMAP (McInnes et al., arXiv 1802.03426).

    The same latents, parameters and seed give the same map on the same machine, so one thread
    is used. Fewer than five latents are laid out along their two principal axes, equal ones
    all at the origin.

    Args:
        latents: (N, d), finite.
        seed: of every random choice.
        n_neighbors: size of the neighbourhood to keep; at most N − 1 is used.
        min_dist: least distance of points on the map, 0 to 1.
        metric: any metric UMAP knows.
        progress: receives percent; epochs are reported as they pass.
        dimensions: of the map, 2 or 3.
        graph: of at least `n_neighbors` − 1 nearest latents each, by cosine; found where None.
            Other metrics find their own.

    Returns:
        float32, (N, dimensions).

    Raises:
        CaeError: the latents have the wrong shape or are not finite.
    """
    latents = np.ascontiguousarray(latents, dtype=np.float32)
    require_latents(latents)
    if len(latents) == 0 or (latents == latents[0]).all():
        return np.zeros((len(latents), dimensions), dtype=np.float32)
    if len(latents) < _FEWEST:
        return principal_projection(latents, dimensions)
    progress(0, 100, _COMPILING)
    projection = _umap(latents, seed, n_neighbors, min_dist, metric, progress, dimensions, graph)
    progress(100, 100, "map finished")
    return projection


def _umap(
    latents: np.ndarray,
    seed: int,
    n_neighbors: int,
    min_dist: float,
    metric: str,
    progress: Progress,
    dimensions: int,
    graph: NeighbourGraph | None,
) -> np.ndarray:
    with warnings.catch_warnings():
        # UMAP warns of its own choices (one thread, another start for the layout).
        warnings.simplefilter("ignore")
        from umap import UMAP, umap_, utils

        for compiled in (
            umap_.smooth_knn_dist,
            umap_.compute_membership_strengths,
            utils.fast_knn_indices,
        ):
            compiled.enable_caching()
        progress(5, 100, f"finding neighbours of {len(latents):,} latents")
        count, is_cosine = min(n_neighbors, len(latents) - 1), metric == "cosine"
        reducer = UMAP(
            n_components=dimensions,
            n_neighbors=count,
            precomputed_knn=_neighbours(latents, count, graph) if is_cosine else (None,) * 3,
            min_dist=min_dist,
            metric=metric,
            init=_start(unit_vectors(latents) if is_cosine else latents, seed, dimensions),
            random_state=seed,
            n_jobs=1,
            tqdm_kwds=_epochs_to(progress),
        )
        return np.ascontiguousarray(reducer.fit_transform(latents), dtype=np.float32)


def _start(latents: np.ndarray, seed: int, dimensions: int) -> np.ndarray:
    """Return where the layout starts: at the principal components, with a little noise.

    They tell what is far from what, as UMAP's own spectral start does, and are there at once
    (Kobak & Linderman 2021). The noise parts what coincides.
    """
    places = principal_projection(latents, dimensions)
    scale = _NOISE * (float(np.abs(places).max()) or 1.0)
    noise = np.random.default_rng(seed).normal(scale=scale, size=places.shape)
    return places + noise.astype(np.float32)


def _neighbours(
    latents: np.ndarray, count: int, graph: NeighbourGraph | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `count` nearest latents of each, itself first, and their distances, for UMAP."""
    graph = neighbour_graph(latents, count - 1) if graph is None else graph.first(count - 1)
    itself = np.arange(len(latents))[:, None]
    rows = np.hstack([itself, graph.rows])
    return rows, np.hstack([np.zeros(itself.shape, np.float32), graph.distances])


def _epochs_to(progress: Progress) -> dict[str, Any]:
    """Return settings for UMAP's progress bar that make it write into `progress`."""
    return {"file": _EpochReader(progress), "disable": False, "bar_format": "{n_fmt}/{total_fmt}"}


class _EpochReader(io.TextIOBase):
    """A text file whose lines "3/200" become progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def write(self, text: str) -> int:
        if found := re.search(r"(\d+)/(\d+)", text):
            done, total = int(found[1]), int(found[2])
            percent = _BEFORE_EPOCHS + (100 - _BEFORE_EPOCHS) * done // max(total, 1)
            self._progress(percent, 100, f"arranging the map, epoch {done} of {total}")
        return len(text)
