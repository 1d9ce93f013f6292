"""Cohorts that lie in a study's own file, copied to where a group has its cohorts."""

from collections.abc import Sequence
from typing import Any

from cae.cohorts.cohort import Cohort
from cae.cohorts.named_cohorts import NAMED
from cae.cohorts.store import CohortStore


def share(source: CohortStore, target: CohortStore) -> tuple[list[str], list[str]]:
    """Copy the living cohorts of one store to another, with their history and provenance.

    Steps of a history that took up another cohort point to its copy.

    Args:
        source: has the cohorts, which stay there.
        target: gets them.

    Returns:
        The names of those that were copied, and of those that stayed as the name was taken.

    Raises:
        CaeError: as the stores do.
    """
    taken = {name for name, _, _ in target.known()}
    numbers: dict[int, int] = {}
    shared, left = [], []
    for cohort in sorted(source.list(), key=lambda one: one.id):
        if cohort.name in taken:
            left.append(cohort.name)
            numbers[cohort.id] = target.get_by_name(cohort.name).id
            continue
        numbers[cohort.id] = target.take_over(cohort, _pointed(cohort, numbers)).id
        shared.append(cohort.name)
    return shared, left


def _pointed(cohort: Cohort, numbers: dict[int, int]) -> list[dict[str, Any]]:
    return [_step(event, numbers) for event in cohort.history]


def _step(event: dict[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    """Return a step that names cohorts by their new numbers; those that are unknown by none."""
    step = dict(event)
    if "cohort" in step:
        step["cohort"] = numbers.get(step["cohort"], _NONE)
    if isinstance(step.get(NAMED), dict):
        step[NAMED] = {name: _step(noted, numbers) for name, noted in step[NAMED].items()}
    if isinstance(within := step.get("of"), Sequence) and not isinstance(within, str):
        step["of"] = [_step(one, numbers) if isinstance(one, dict) else one for one in within]
    return step


# No cohort has this number.
_NONE = 0
