"""A study's images laid out by UMAP."""

from typing import Any

import numpy as np

from cae.progress import Progress, silent
from cae.study.neighbours import neighbours_of_all
from cae.study.study import Study


def umap_layout(
    study: Study,
    n_neighbors: int,
    min_dist: float,
    metric: str = "cosine",
    progress: Progress = silent,
    dimensions: int = 2,
) -> np.ndarray:
    """Return a place for each image, float32 (N, dimensions), by UMAP with the study's seed.

    Of more than a million latents that are compared by cosine, a million are laid out and the
    others placed amid these, see `project_by_landmarks`. Else all are, see `project`; by cosine
    with the neighbours that the study keeps.

    Args:
        study: with latents.
        n_neighbors: images whose closeness is kept.
        min_dist: least distance of points on the map, 0 to 1.
        metric: any that UMAP knows.
        progress: told how far it is.
        dimensions: of the map, 2 or 3.
    """
    # UMAP is slow to import.
    from cae.latent.landmark_projection import LANDMARKS, project_by_landmarks
    from cae.latent.project import project

    how: dict[str, Any] = {
        "seed": study.seed,
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "progress": progress,
        "dimensions": dimensions,
    }
    if metric != "cosine":
        return project(np.asarray(study.latents), metric=metric, **how)
    if len(study.latents) > LANDMARKS:
        return project_by_landmarks(study.latents, **how)
    graph = neighbours_of_all(study, n_neighbors - 1, progress)
    return project(np.asarray(study.latents), graph=graph, **how)
