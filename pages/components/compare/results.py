"""What is worked out of groups, once for each state of the study and each choice of groups."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cae.cohorts.characteristics import TableOne, table_one
from cae.cohorts.comparison import Comparison, compare
from cae.cohorts.groups import Group
from cae.cohorts.members import extreme, mean_image, typical
from cae.decoding.direction_between import direction_between
from cae.decoding.replay import attrition_on
from cae.study.study import Study
from pages.components.compare.groups import group_key
from pages.components.kit.cache import cache_resource
from pages.components.state.study_material import study_material
from pages.components.state.study_view import added, corrected_key, given_names, study_key

if TYPE_CHECKING:
    from cae.cohorts.time_to_event import Survival

_Key = tuple[object, ...]


class SurvivalColumns(NamedTuple):
    """Columns of times, of events and of what is adjusted for; which values are the event."""

    time: str
    event: str
    occurred: tuple[str, ...]
    adjust: tuple[str, ...]


def comparison_of(study: Study, groups: Sequence[Group]) -> Comparison:
    """Return how two groups differ, see `cae.cohorts.compare`."""
    key = (*corrected_key(study), given_names(study))
    return _comparison(key, _keys(groups), groups, study)


def table_one_of(study: Study, groups: Sequence[Group], suppress: int) -> TableOne:
    """Return Table 1 of groups, see `cae.cohorts.table_one`."""
    # Names that clusters were given stand in it, and what cohorts left of the images in its flows.
    key = (*study_key(study), given_names(study), *added(study))
    return _table_one(key, _keys(groups), suppress, groups, study)


def survival_of(
    study: Study, groups: Sequence[Group], columns: SurvivalColumns, suppress: int
) -> "Survival":
    """Return how long groups stay without an event, see `cae.cohorts.survival`.

    Args:
        study: that the groups were taken from.
        groups: at least one.
        columns: that tell of it.
        suppress: the fewest at risk that are shown.
    """
    return _survival(corrected_key(study), _keys(groups), columns, suppress, groups, study)


def mean_of(study: Study, group: Group) -> np.ndarray:
    """Return the mean of the pixels of a group, float64 (H, W, C)."""
    return _mean(study_key(study), group.rows, study)


def typical_of(study: Study, group: Group, count: int) -> np.ndarray:
    """Return the rows nearest to the medoid of a group."""
    return _typical(study_key(study), group.rows, count, study)


def extreme_of(study: Study, group: Group, other: Group, count: int) -> np.ndarray:
    """Return the rows of a group farthest along the direction from the other group to it."""
    return _extreme(study_key(study), group.rows, other.rows, count, study)


def _keys(groups: Sequence[Group]) -> tuple[_Key, ...]:
    return tuple(map(group_key, groups))


@cache_resource(max_entries=16)
def _comparison(
    key: _Key, chosen: tuple[_Key, ...], _groups: Sequence[Group], _study: Study
) -> Comparison:
    first, second = _groups
    return compare(study_material(_study), first, second)


@cache_resource(max_entries=16)
def _table_one(
    key: _Key,
    chosen: tuple[_Key, ...],
    suppress: int,
    _groups: Sequence[Group],
    _study: Study,
) -> TableOne:
    return table_one(
        study_material(_study),
        _groups,
        suppress=suppress,
        flow_of=partial(attrition_on, _study),
    )


@cache_resource(max_entries=16)
def _survival(
    key: _Key,
    chosen: tuple[_Key, ...],
    columns: SurvivalColumns,
    suppress: int,
    _groups: Sequence[Group],
    _study: Study,
) -> "Survival":
    # Its library takes seconds to import, which not every visit needs.
    from cae.cohorts.time_to_event import survival

    return survival(study_material(_study), _groups, *columns, suppress=suppress)


@cache_resource(max_entries=32)
def _mean(key: tuple[str, ...], rows: np.ndarray, _study: Study) -> np.ndarray:
    return mean_image(_study.images, rows)


@cache_resource(max_entries=32)
def _typical(key: tuple[str, ...], rows: np.ndarray, count: int, _study: Study) -> np.ndarray:
    return typical(_study.latents, rows, count)


@cache_resource(max_entries=32)
def _extreme(
    key: tuple[str, ...], rows: np.ndarray, other: np.ndarray, count: int, _study: Study
) -> np.ndarray:
    direction = direction_between(_study, "", rows, other)
    return extreme(_study.latents, rows, direction.vector, count)
