"""The form that saves the selection as a cohort."""

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.cohorts.cohort import Cohort
from cae.cohorts.selection import Selection
from cae.columns.filters import together
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.state import session

_SAVED = "cohorts saved"
_PROBLEM = "cohort problem"


_ALL, _INSIDE, _LIVE = "all", "inside", "live"


def save_cohort(study: Study, selection: Selection, in_scope: np.ndarray) -> None:
    """Offer to save `selection` under a name, with a note.

    Where filters are set, it asks whether they are meant: `in_scope` (bool, N) says what passes
    them.
    """
    choices = _choices(selection, in_scope)
    # A new key after each cohort closes the form and empties it.
    number = st.session_state.setdefault(_SAVED, 0)
    with (
        st.popover(
            "Save as cohort",
            width="stretch",
            key=f"save {number}",
            **withheld(Role.EDIT, study.path, disabled=not len(selection)),
        ),
        st.form(f"cohort {number}", border=False),
    ):
        st.text_input("Name", max_chars=120, key=f"cohort name {number}")
        st.text_area(
            "Note",
            placeholder="What these images have in common",
            height=80,
            key=f"cohort note {number}",
        )
        st.text_input(
            "Tags", placeholder="With commas between", key=f"cohort tags {number}", max_chars=400
        )
        if choices:
            st.radio(
                "Filters are set. What is to be saved?",
                list(choices),
                format_func=choices.__getitem__,
                index=None,
                key=f"cohort meant {number}",
            )
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain_markdown(problem))
        st.form_submit_button(
            "Save" if choices else f"Save {counted(len(selection), 'image')}",
            type="primary",
            on_click=_save,
            args=(study, selection, in_scope, number, bool(choices)),
        )


def _choices(selection: Selection, in_scope: np.ndarray) -> dict[str, str]:
    """Return what can be meant by saving, in words; nothing to choose from without filters."""
    if not session.view().queries or not len(selection):
        return {}
    inside = int(in_scope[selection.rows].sum())
    choices = {_ALL: f"The whole selection ({counted(len(selection), 'image')})"}
    if 0 < inside < len(selection):
        choices[_INSIDE] = f"Only what of it passes the filters ({counted(inside, 'image')})"
    choices[_LIVE] = f"All that passes the filters, now or later (live, {in_scope.sum():,} now)"
    return choices


@guard()
def _save(
    study: Study, selection: Selection, in_scope: np.ndarray, number: int, is_asked: bool
) -> None:
    meant = st.session_state[f"cohort meant {number}"] if is_asked else _ALL
    if meant is None:
        st.session_state[_PROBLEM] = "Filters are set; say whether they are meant."
        return
    try:
        cohort = _saved(study, selection, in_scope, number, meant)
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_SAVED] = number + 1
    name = plain_markdown(cohort.name)
    count = counted(cohort.count, "image")
    st.toast(f"Saved “{name}” with {count}. See it on the page Cohorts.")


def _saved(
    study: Study, selection: Selection, in_scope: np.ndarray, number: int, meant: str
) -> Cohort:
    demand(Role.EDIT, study.path)
    name, note = (st.session_state[f"cohort {field} {number}"] for field in ("name", "note"))
    tags = st.session_state[f"cohort tags {number}"].split(",")
    filters, digests = session.view().queries, study_digests(study)
    cohorts = session.cohorts_of(study)
    if meant == _LIVE:
        return cohorts.save_live(name, together(filters), note, tags)
    if meant == _INSIDE:
        event = {"kind": "filter", "filters": list(filters)}
        selection = selection.combine(np.flatnonzero(in_scope), "intersect", event)
    return cohorts.save(name, selection, note, tags, filters=list(filters), **digests)
