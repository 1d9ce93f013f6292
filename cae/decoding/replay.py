"""A selection's history taken again on a study, with its maps, its latents and its model."""

from collections.abc import Callable, Sequence

import numpy as np

from cae.cohorts.attrition import Attrition, attrition
from cae.cohorts.replay import CohortRows, Event, Search, TakenAgain, replay
from cae.cohorts.selection import Selection
from cae.decoding.measures import Measures
from cae.decoding.search import search_of
from cae.errors import UnusableError
from cae.study.maps import list_projections, positions
from cae.study.study import Study


def replay_on(study: Study, history: Sequence[Event]) -> Selection:
    """Return the selection that a history leads to on a study.

    Args:
        study: that the history is of, such as that of a cohort:
            ``replay_on(study, study.cohorts.get_by_name("odd ones").history)``.
        history: as `Selection.history`, a cohort and ``provenance.json`` of its export hold it.

    Raises:
        CaeError: a step cannot be taken again. The sentence says which and why.
    """
    return replay(history, study.full_table, _places(study), _search(study), _cohort_rows(study))


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
        _search(study),
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
        raise UnusableError(f"the study has no map {name!r} any more")

    return places


def _search(study: Study) -> Search:
    """Return what finds the images of steps that were neither drawn nor filtered."""
    measures = Measures(study)

    def rows(event: Event, scope: np.ndarray, taken_again: TakenAgain) -> np.ndarray:
        if event["kind"] == "cohort":
            return _cohort(study, event)
        return search_of(event, taken_again).rows(measures, scope)

    return rows


def _cohort(study: Study, event: Event) -> np.ndarray:
    cohort = study.cohorts.kept(event["cohort"])
    if event.get("saved", cohort.created) != cohort.created:
        raise UnusableError("it was saved in another study")
    return cohort.rows
