"""The form that finds a direction from two groups or from a column, and saves it."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from cae.access.roles import Role
from cae.cohorts.units import drawn_together
from cae.columns.titles import CLUSTER, column_title
from cae.decoding.direction_between import direction_between
from cae.decoding.direction_store import NAME_LENGTH, save_direction
from cae.errors import CaeError
from cae.latent.direction import Direction, column_direction
from cae.study.study import Study
from pages.components.decode.image_groups import image_groups
from pages.components.kit.action_button import action_button
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.state import session
from pages.components.state.study_view import study_table
from pages.components.state.view import SAVED_DIRECTION

_GROUPS, _COLUMN = "Between two groups", "With a column"
_OTHERS = "All other images"
_PROBLEM = "direction problem"
_SAVED = "directions saved"


def new_direction(study: Study) -> None:
    """Offer to find a direction; the one that was found is saved and shown."""
    # A new key after each direction closes the form and empties it.
    number = st.session_state.setdefault(_SAVED, 0)
    form = st.popover(
        "New direction",
        width="stretch",
        key=f"new direction {number}",
        on_change="rerun",
        **withheld(Role.EDIT, study.path),
    )
    if not form.open:
        return
    with form:
        way = st.segmented_control(
            "How it is found",
            [_GROUPS, _COLUMN],
            default=_GROUPS,
            required=True,
            key=f"direction way {number}",
        )
        controls = _group_controls if way == _GROUPS else _column_controls
        found = controls(study, number)
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain_markdown(problem))
        if found is None:
            return
        suggested, arguments = found
        name = st.text_input(
            "Name",
            suggested,
            max_chars=NAME_LENGTH,
            # A new suggestion is a new field, or what stood there before would stay.
            key=f"direction name {number} {suggested}",
        )
        action_button(
            "Find and save",
            partial(_find, study, name, way, arguments, number),
            type="primary",
            key=f"find direction {number}",
        )


def _group_controls(study: Study, number: int) -> tuple[str, tuple[str, str]] | None:
    groups = list(_groups(study))
    if not groups:
        st.caption("There are no clusters, labels, cohorts or selection to compare.")
        return None
    towards = st.selectbox("Towards", groups, key=f"direction towards {number}")
    others = [_OTHERS, *(name for name in groups if name != towards)]
    away = st.selectbox("Away from", others, key=f"direction away {number} {towards}")
    short = "the others" if away == _OTHERS else away
    return f"{towards} against {short}"[:NAME_LENGTH], (towards, away)


def _column_controls(study: Study, number: int) -> tuple[str, tuple[str]] | None:
    columns = _numeric_columns(study)
    if not columns:
        st.caption("The table has no column of numbers.")
        return None
    column = st.selectbox(
        "Column", columns, format_func=column_title, key=f"direction column {number}"
    )
    return column_title(column)[:NAME_LENGTH], (column,)


def _find(study: Study, name: str, way: str, arguments: tuple[str, ...], number: int) -> None:
    find = _between_groups if way == _GROUPS else _along_column
    try:
        demand(Role.EDIT, study.path)
        save_direction(study, find(study, name.strip(), *arguments))
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    session.look(direction=f"{SAVED_DIRECTION}{name.strip()}")
    st.session_state[_SAVED] = number + 1


def _between_groups(study: Study, name: str, towards: str, away: str) -> Direction:
    groups = _groups(study)
    group = groups[towards]
    other = (
        np.setdiff1d(np.arange(len(study)), group, assume_unique=True)
        if away == _OTHERS
        else groups[away]
    )
    return direction_between(study, name, group, other, towards=towards, away=away)


def _along_column(study: Study, name: str, column: str) -> Direction:
    values = study_table(study)[column].to_numpy(dtype=np.float64, na_value=np.nan)
    found = column_direction(name, study.latents, values, drawn_together(study.samples))
    return Direction(name, found.vector, {**found.facts, "column": column_title(column)})


def _groups(study: Study) -> dict[str, np.ndarray]:
    """Return the rows of every group that can be compared, by its title."""
    return {group.title: group.rows for group in image_groups(study).values()}


def _numeric_columns(study: Study) -> list[str]:
    table = study_table(study)
    return [
        column
        for column in table.columns
        if column != CLUSTER
        and pd.api.types.is_numeric_dtype(table[column])
        and not pd.api.types.is_bool_dtype(table[column])
        and table[column].min() < table[column].max()
    ]
