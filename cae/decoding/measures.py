"""What searches among a study's images look at, worked out of the study when it is asked for."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from cae.columns.titles import LABEL
from cae.latent.duplicates import pair_correlations
from cae.latent.neighbour_graph import GRAPH_NEIGHBOURS, NeighbourGraph
from cae.latent.outliers import knn_outlier_scores
from cae.progress import Progress, silent
from cae.study.neighbours import neighbours_of_all
from cae.study.reconstruction_errors import kept_reconstruction_errors
from cae.study.study import Study

KNN, CLUSTER, ERROR = "knn", "cluster", "error"
LEAST_CORRELATION = 0.9

Result = TypeVar("Result")


class Keep(Protocol):
    """What is called for all that takes a while, and may keep what was worked out before."""

    def __call__(self, name: str, words: str, compute: Callable[[Progress], Result]) -> Result:
        """Return what `compute` returns, which is called `name`; `words` say what is done."""


def at_once(name: str, words: str, compute: Callable[[Progress], Result]) -> Result:
    """Work it out whenever it is asked for; what is kept in the study is still read there."""
    return compute(silent)


class Measures:
    """What searches look at of one study.

    Args:
        study: that is encoded.
        keep: works out what takes a while, or returns what it kept of it.
    """

    def __init__(self, study: Study, keep: Keep = at_once) -> None:
        self.study = study
        self._keep = keep

    def graph(self) -> NeighbourGraph:
        """Return the 15 nearest images of every image."""
        return self._keep(
            "graph",
            "Finding the neighbours of every image…",
            lambda progress: neighbours_of_all(self.study, GRAPH_NEIGHBOURS, progress),
        )

    def outlier_scores(self, score: str) -> np.ndarray:
        """Return how outlying each image is, float32 (N,), the larger the more.

        Args:
            score: knn (mean distance of the 15 nearest, 0–2), cluster (HDBSCAN's score, 0–1; needs
                clusters that have it) or error (of the reconstruction, 0–1; needs a decoder).

        Raises:
            KeyError: there is no such score.
            CaeError: the model is missing or damaged.
        """
        scores = {KNN: self._isolation, CLUSTER: self._cluster_scores, ERROR: self._errors}
        return scores[score]()

    def pairs(self, least: float) -> pd.DataFrame:
        """Return neighbours whose pixels correlate, see `cae.latent.duplicates.pair_correlations`.

        Args:
            least: correlation; pairs that are less alike may be among them.
        """
        # One table serves all that is usually asked for, without most pairs of many images.
        floor = min(least, LEAST_CORRELATION)
        graph = self.graph()

        def compare(progress: Progress) -> pd.DataFrame:
            pairs = pair_correlations(self.study.images, graph, progress)
            return pairs[pairs["correlation"] >= floor]

        return self._keep(f"pairs from {floor}", "Comparing pixels…", compare)

    def label_agreement(self) -> pd.DataFrame:
        """Return `cae.latent.label_errors.label_agreement` of the study's labels."""
        from cae.latent.label_errors import label_agreement

        return self._of_labels("label agreement", label_agreement)

    def suspected_labels(self) -> pd.DataFrame:
        """Return `cae.latent.label_errors.find_label_errors` of the study's labels."""
        from cae.latent.label_errors import find_label_errors

        return self._of_labels("suspected labels", find_label_errors)

    def _of_labels(self, name: str, judge: Callable[..., pd.DataFrame]) -> pd.DataFrame:
        from cae.latent.label_errors import voting_patients

        graph = self.graph()

        def compare(progress: Progress) -> pd.DataFrame:
            table = self.study.table
            return judge(table[LABEL], graph, voting_patients(table))

        return self._keep(name, "Comparing labels…", compare)

    def _isolation(self) -> np.ndarray:
        return knn_outlier_scores(self.graph())

    def _cluster_scores(self) -> np.ndarray:
        return self._keep(
            "cluster scores",
            "Reading clusters…",
            lambda progress: self.study.table["outlier_score"].to_numpy(np.float32),
        )

    def _errors(self) -> np.ndarray:
        return self._keep(
            "reconstruction errors",
            "Decoding every image…",
            lambda progress: kept_reconstruction_errors(self.study, progress),
        )
