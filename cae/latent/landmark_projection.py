"""The map of more latents than UMAP lays out at once."""

import numpy as np

from cae.latent.neighbour_index import NeighbourIndex
from cae.latent.neighbours import unit_vectors
from cae.latent.place import NEIGHBOURS, amid
from cae.latent.project import project
from cae.latent.spread import require_latents
from cae.progress import Progress, silent

# UMAP takes eight minutes and 2 GB for so many on two cores.
LANDMARKS = 1_000_000
_ROWS_AT_ONCE = 1 << 16


def project_by_landmarks(
    latents: np.ndarray,
    seed: int,
    n_neighbors: int,
    min_dist: float,
    progress: Progress = silent,
    dimensions: int = 2,
    landmarks: int = LANDMARKS,
) -> np.ndarray:
    """Lay some latents out by UMAP, by cosine, and place all others amid the nearest of these.

    Which ones are landmarks is drawn (de Silva & Tenenbaum 2004, for multidimensional scaling);
    others are placed as `cae.latent.place.place` does. What is small and lies apart may have no
    landmark, and so no island of its own.

    Args:
        latents: (N, d), finite, more than `landmarks`; may be memory-mapped.
        seed: of every random choice.
        n_neighbors: as `project` takes it, among landmarks.
        min_dist: as `project` takes it.
        progress: receives landmarks while they are laid out, then latents.
        dimensions: of the map, 2 or 3.
        landmarks: how many are laid out, at least 15.

    Returns:
        float32, (N, dimensions).

    Raises:
        CaeError: the latents have the wrong shape or are not finite.
    """
    count = len(latents)
    require_latents(latents)
    rows = np.sort(np.random.default_rng(seed).choice(count, landmarks, replace=False))
    chosen = np.asarray(latents[rows], np.float32)
    laid_out = project(
        chosen, seed, n_neighbors, min_dist, progress=progress, dimensions=dimensions
    )
    directions = unit_vectors(chosen)
    index = NeighbourIndex(directions, min(NEIGHBOURS, landmarks))
    places = np.empty((count, dimensions), np.float32)
    for start in range(0, count, _ROWS_AT_ONCE):
        part = slice(start, min(start + _ROWS_AT_ONCE, count))
        asked = unit_vectors(latents[part])
        near = index.nearest(asked)
        cosines = np.einsum("nd,nkd->nk", asked, directions[near])
        places[part] = amid(laid_out, near, np.clip(1 - cosines, 0, 2))
        progress(part.stop, count, "placing the others")
    places[rows] = laid_out
    return places
