"""What takes a while to work out of a study, worked out once and kept for all pages."""

from functools import partial

import numpy as np

from cae.decoding.measures import ERROR, KNN, Measures
from cae.study.study import Study
from pages.components.state.computed import computed


def kept_measures(study: Study) -> Measures:
    """Return what searches look at, each part worked out once, with a bar meanwhile."""
    return Measures(study, partial(computed, study))


def reconstruction_error_of(study: Study) -> np.ndarray:
    """Return the mean absolute error of every image's reconstruction (N,), worked out once."""
    return kept_measures(study).outlier_scores(ERROR)


def outlier_scores_of(study: Study) -> np.ndarray:
    """Return the mean distance of every image to its nearest ones (N,)."""
    return kept_measures(study).outlier_scores(KNN)
