"""The groups of the page Compare: what can be chosen, and which images they are."""

from collections.abc import Sequence

import streamlit as st

from cae.cohorts.groups import REST, Group, groups_of
from cae.columns.colours import MOST_CATEGORIES
from cae.columns.corrected_label import CORRECTED
from cae.columns.titles import CLUSTER, LABEL, column_title
from cae.errors import CaeError
from cae.study.study import Study
from pages.components.kit.cache import array_digest
from pages.components.state import session
from pages.components.state.known_cohorts import known_cohorts
from pages.components.state.study_material import study_material
from pages.components.state.study_view import cluster_title, study_table
from pages.components.state.view import COHORT, SELECTION

_LONGEST_NUMBER = 18
_TITLES = {SELECTION: "The selection", REST: "The rest"}


def offered_groups(study: Study) -> dict[str, str]:
    """Return the groups that can be chosen, as the address calls them, and their titles."""
    selected = len(session.current_selection())
    offered = {}
    if selected and session.view().selection:
        offered[SELECTION] = f"{_TITLES[SELECTION]} ({selected:,})"
    for cohort in known_cohorts(study):
        offered[f"{COHORT}{cohort.id}"] = f"Cohort “{cohort.name}” ({cohort.count:,})"
    table = study_table(study)
    if CLUSTER in table:
        sizes = table[CLUSTER].value_counts()
        for number in sorted(sizes.index.tolist(), key=lambda number: (number < 0, number)):
            title = cluster_title(study, number)
            offered[f"{CLUSTER}:{number}"] = f"{title[:1].upper()}{title[1:]} ({sizes[number]:,})"
    for column in (LABEL, CORRECTED):
        if column in table and table[column].nunique() <= MOST_CATEGORIES:
            for label, size in table[column].value_counts().sort_index().items():
                offered[f"{column}:{label}"] = f"{column_title(column)} {label} ({size:,})"
    return offered


def group_boxes(offered: dict[str, str]) -> tuple[str, str]:
    """Show the boxes of both groups; return what is chosen, as the address calls it.

    Args:
        offered: as `offered_groups` returns them, at least one.
    """
    view = session.view()
    first, second = view.group or next(iter(offered)), view.against or REST
    left, right = st.columns(2)
    with left:
        _box("Group A", "group", first, offered)
    with right:
        _box("Group B", "against", second, {REST: _TITLES[REST], **offered})
    return first, second


def further_groups_box(offered: dict[str, str], pair: Sequence[str]) -> tuple[str, ...]:
    """Show the box of further groups beside the two of `pair`; return what is chosen."""
    others = {REST: _TITLES[REST], **offered}
    chosen = further_groups(pair)
    options = [name for name in dict.fromkeys((*others, *chosen)) if name not in pair]
    key = session.control("compare also", list(chosen))
    st.multiselect(
        "Further groups",
        options,
        format_func=lambda name: group_title(name, others),
        placeholder="None",
        key=key,
        on_change=lambda: session.look(also=tuple(st.session_state[key])),
    )
    return chosen


def further_groups(pair: Sequence[str]) -> tuple[str, ...]:
    """Return what is chosen beside the two groups of `pair`, as the address calls it."""
    return tuple(name for name in session.view().also if name not in pair)


def groups_named(study: Study, names: Sequence[str]) -> tuple[Group, ...]:
    """Return the groups that an address names, clusters under the names that they were given.

    Raises:
        CaeError: one is unknown, empty or of other images, or two share images.
    """
    return groups_of(study_material(study), [_asked(study, name) for name in names])


def group_key(group: Group) -> tuple[object, ...]:
    """Return what a cache must compare of a group: all that a result can follow from."""
    return (
        group.name,
        group.kind,
        tuple(sorted(group.columns)),
        tuple(sorted(group.ways)),
        group.steps,
        repr(group.history),
        array_digest(group.rows),
    )


def group_title(name: str, offered: dict[str, str]) -> str:
    """Return what a box says of a group; of one that is not offered, what the address says."""
    return offered.get(name) or _TITLES.get(name, name)


def _box(title: str, field: str, shown: str, offered: dict[str, str]) -> None:
    key = session.control(f"compare {field}", shown)
    st.selectbox(
        title,
        list(dict.fromkeys((*offered, shown))),
        format_func=lambda name: group_title(name, offered),
        key=key,
        on_change=lambda: session.look(**{field: st.session_state[key]}),
    )


def _asked(study: Study, name: str) -> str:
    """Return how the library is asked for a group that an address names."""
    if name == SELECTION:
        if not session.view().selection:
            raise CaeError("Nothing is selected; select images on the page Explore.")
        return f"{SELECTION}:{session.view().selection}"
    number = name.removeprefix(COHORT)
    is_id = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    if not (name.startswith(COHORT) and is_id):
        return name
    cohort = study.cohorts.get(int(number))
    if not study.cohorts.is_of_these_images(cohort):
        raise CaeError(
            f"The cohort {cohort.name!r} was saved on other images than the study holds now; "
            "choose another group."
        )
    return f"{COHORT}{cohort.name}"
