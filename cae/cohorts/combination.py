"""Saved cohorts combined by the operations of sets, with how that came about."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cae.cohorts.cohort import Cohort
from cae.cohorts.selection import Selection
from cae.errors import CaeError

UNION, INTERSECTION, DIFFERENCE, COMPLEMENT = "union", "intersection", "difference", "complement"
OPERATIONS = {
    UNION: "in any of them",
    INTERSECTION: "in all of them",
    DIFFERENCE: "in the first, but in none of the others",
    COMPLEMENT: "in none of them",
}
_COMBINE = {UNION: "add", INTERSECTION: "intersect", DIFFERENCE: "remove", COMPLEMENT: "add"}


def combined(operation: str, cohorts: Sequence[Cohort], count: int) -> Selection:
    """Return the images that are in some cohorts as `operation` says.

    The history takes up each cohort with its own history, so that it can be replayed.

    Args:
        operation: one of `OPERATIONS`: union, intersection, difference (of the first from all
            others), or complement (of their union).
        cohorts: of the study's images (see `CohortStore.of_these_images`), each once; at least two,
            for a complement at least one.
        count: how many images the study has.

    Raises:
        CaeError: there is no such operation, or there are too few cohorts or one twice.
    """
    if operation not in OPERATIONS:
        raise CaeError(
            f"Cohorts cannot be combined by {operation!r}; use one of {', '.join(OPERATIONS)}."
        )
    least = 1 if operation == COMPLEMENT else 2
    if len(cohorts) < least:
        raise CaeError(f"The {operation} takes at least {least} cohorts; choose {least} or more.")
    if len({cohort.id for cohort in cohorts}) < len(cohorts):
        raise CaeError("One cohort is named twice; name each once.")
    selection = Selection.empty()
    for place, cohort in enumerate(cohorts):
        combine = _COMBINE[operation] if place else "replace"
        selection = selection.combine(cohort.rows, combine, cohort_event(cohort))
    return _complement(selection, count) if operation == COMPLEMENT else selection


def cohort_event(cohort: Cohort) -> dict[str, Any]:
    """Return the step of a history that takes up a cohort, as `Selection.combine` takes it."""
    return {
        "kind": "cohort",
        "name": cohort.name,
        "cohort": cohort.id,
        "saved": cohort.created,
        "of": list(cohort.history),
    }


def _complement(selection: Selection, count: int) -> Selection:
    others = np.setdiff1d(np.arange(count), selection.rows, assume_unique=True)
    event = {"kind": "invert", "of": list(selection.history)}
    return Selection.empty().combine(others, "replace", event)
