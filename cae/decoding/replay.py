"""A selection's history taken again on a study, with its maps, its latents and its model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cae.cohorts.attrition import Attrition, attrition
from cae.cohorts.replay import CohortRows, replay
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.latent.neighbour_graph import GRAPH_NEIGHBOURS, NeighbourGraph
from cae.study.maps import list_projections, positions
from cae.study.neighbours import neighbours_of_all, neighbours_of_one
from cae.study.study import Study

Event = dict[str, Any]


def replay_on(study: Study, history: Sequence[Event]) -> Selection:
    """Return the selection that a history leads to on a study.

    Args:
        study: that the history is of, such as that of a cohort:
            ``replay_on(study, study.cohorts.get_by_name("odd ones").history)``.
        history: as `Selection.history`, a cohort and ``provenance.json`` of its export hold it.

    Raises:
        CaeError: a step cannot be taken again. The sentence says which and why.
    """
    return replay(
        history, study.full_table, _places(study), _Searches(study).rows, _cohort_rows(study)
    )


def attrition_on(study: Study, history: Sequence[Event]) -> Attrition:
    """Return how a group of a study came about, step by step, with what each left of the images.

    Args:
        study: that the history is of.
        history: as `replay_on` takes it; what cannot be taken again is told as it was noted.
    """
    return attrition(
        history,
        study.full_table,
        _places(study),
        _Searches(study).rows,
        _cohort_rows(study),
        study.cluster_names,
    )


def _cohort_rows(study: Study) -> CohortRows:
    return lambda name, noted: study.cohorts.as_noted(name, noted).rows


def _places(study: Study) -> Callable[[str], np.ndarray]:
    def places(name: str) -> np.ndarray:
        for projection in list_projections(study):
            if projection.name == name:
                return positions(study, projection)
        raise CaeError(f"the study has no map {name!r} any more")

    return places


class _Searches:
    """What the app finds otherwise than by drawing and filtering."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._kinds: dict[str, Callable[[Event, np.ndarray, np.ndarray], np.ndarray]] = {
            "similarity": self._similar,
            "outliers": self._outlying,
            "near-duplicates": self._duplicates,
            "suspected labels": self._suspected,
            "cohort": self._cohort,
        }

    def rows(self, event: Event, scope: np.ndarray, like: np.ndarray) -> np.ndarray:
        """Return what was found, see `cae.cohorts.replay.replay`."""
        if event["kind"] not in self._kinds:
            raise CaeError("how its images were chosen was not noted")
        return self._kinds[event["kind"]](event, scope, like)

    def _similar(self, event: Event, scope: np.ndarray, like: np.ndarray) -> np.ndarray:
        from cae.latent.similarity import distances_to_any, distances_to_centre, nearest_others

        latents, count = self._study.latents, event["neighbours"]
        if "row" in event:
            row = event["row"]
            return np.append(neighbours_of_one(self._study, row, count)[0], row)
        measures = {"centre": distances_to_centre, "any": distances_to_any}
        if event.get("to") not in measures:
            raise CaeError("the image it was similar to is not kept")
        distances = measures[event["to"]](latents, like)
        return nearest_others(distances, np.union1d(like, np.flatnonzero(~scope)), count)

    def _outlying(self, event: Event, scope: np.ndarray, like: np.ndarray) -> np.ndarray:
        from cae.latent.outliers import most_outlying

        scores = {"knn": self._isolation, "cluster": self._cluster_score, "error": self._error}
        score = scores[event["score"]]().astype(np.float32)
        return most_outlying(np.where(scope, score, np.nan), event["images"])

    def _duplicates(self, event: Event, scope: np.ndarray, like: np.ndarray) -> np.ndarray:
        from cae.latent.duplicates import across_splits, near_duplicates, pair_correlations

        pairs = pair_correlations(self._study.images, self._graph())
        pairs = pairs[scope[pairs["row"]] & scope[pairs["other"]]]
        found = near_duplicates(pairs, event["least_correlation"])
        if event["across_splits"]:
            found = found[across_splits(found, self._study.samples["split"].to_numpy())]
        return np.union1d(found["row"], found["other"])

    def _suspected(self, event: Event, scope: np.ndarray, like: np.ndarray) -> np.ndarray:
        from cae.evaluation.label_errors import find_label_errors, voting_patients

        table = self._study.table
        found = find_label_errors(table["label"], self._graph(), voting_patients(table))["row"]
        return found[scope[found]].to_numpy()

    def _cohort(self, event: Event, scope: np.ndarray, like: np.ndarray) -> np.ndarray:
        cohort = self._study.cohorts.kept(event["cohort"])
        if event.get("saved", cohort.created) != cohort.created:
            raise CaeError("it was saved in another study")
        return cohort.rows

    def _graph(self) -> NeighbourGraph:
        return neighbours_of_all(self._study, GRAPH_NEIGHBOURS)

    def _isolation(self) -> np.ndarray:
        from cae.latent.outliers import knn_outlier_scores

        return knn_outlier_scores(self._graph())

    def _cluster_score(self) -> np.ndarray:
        return pd.Series(self._study.table["outlier_score"]).to_numpy(dtype=np.float32)

    def _error(self) -> np.ndarray:
        from cae.evaluation.reconstruction import kept_reconstruction_errors

        return kept_reconstruction_errors(self._study)
