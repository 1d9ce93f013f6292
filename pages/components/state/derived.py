"""What takes a while to work out of a study, worked out once and kept for all pages."""

import numpy as np

from cae.latent.neighbour_graph import GRAPH_NEIGHBOURS, NeighbourGraph
from cae.progress import Progress
from cae.study.neighbours import neighbours_of_all
from cae.study.study import Study
from pages.components.state.computed import computed


def graph_of(study: Study) -> NeighbourGraph:
    """Return the nearest images of every image, worked out once."""

    def compute(progress: Progress) -> NeighbourGraph:
        return neighbours_of_all(study, GRAPH_NEIGHBOURS, progress)

    return computed(study, "graph", "Finding the neighbours of every image…", compute)


def reconstruction_error_of(study: Study) -> np.ndarray:
    """Return the mean absolute error of every image's reconstruction (N,), worked out once."""
    from cae.study.reconstruction_errors import kept_reconstruction_errors

    def compute(progress: Progress) -> np.ndarray:
        return kept_reconstruction_errors(study, progress)

    return computed(study, "reconstruction errors", "Decoding every image…", compute)


def outlier_scores_of(study: Study) -> np.ndarray:
    """Return the mean distance of every image to its nearest ones (N,)."""
    from cae.latent.outliers import knn_outlier_scores

    return knn_outlier_scores(graph_of(study))
