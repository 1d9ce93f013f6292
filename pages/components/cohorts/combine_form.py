"""The form that makes a cohort from others: union, intersection, difference, complement."""

from collections.abc import Sequence

import streamlit as st

from cae.access.roles import Role
from cae.cohorts.cohort import Cohort
from cae.cohorts.combination import COMPLEMENT, OPERATIONS, combined
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may
from pages.components.state import session

_COMBINED = "cohorts combined"
_PROBLEM = "combine problem"


def combine_form(study: Study, saved: Sequence[Cohort]) -> None:
    """Offer to combine `saved` cohorts into another one, and say how many images that has."""
    if not saved or not may(Role.EDIT, study.path):
        return
    panel = st.expander(
        "Combine cohorts",
        icon=":material/join_inner:",
        expanded=bool(st.session_state.get(_PROBLEM)),
        key=session.control_key("combine"),
        on_change="rerun",
    )
    if panel.open:
        with panel:
            _form(study, {cohort.id: cohort for cohort in saved})


def _form(study: Study, saved: dict[int, Cohort]) -> None:
    # A new key after each cohort empties the form.
    number = st.session_state.setdefault(_COMBINED, 0)
    operation = st.segmented_control(
        "Images that are",
        list(OPERATIONS),
        default=next(iter(OPERATIONS)),
        required=True,
        format_func=lambda name: f"{name.capitalize()}: {OPERATIONS[name]}",
        key=session.control_key("combine operation"),
    )
    chosen = st.multiselect(
        "Cohorts, the first one first",
        list(saved),
        format_func=lambda cohort: f"{saved[cohort].name} ({saved[cohort].count:,})",
        placeholder="Choose cohorts",
        key=session.control_key(f"combine cohorts {number}"),
    )
    selection = _combined(study, operation, [saved[cohort] for cohort in chosen])
    name, save = st.columns([3, 2], vertical_alignment="bottom")
    key = session.control_key(f"combine name {number}")
    name.text_input("Name", max_chars=120, key=key)
    count = len(selection) if selection is not None else 0
    save.button(
        f"Save {counted(count, 'image')}",
        key="save combined",
        type="primary",
        disabled=selection is None or count == 0,
        on_click=_save,
        args=(study, key, selection),
        width="stretch",
    )
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain_markdown(problem))


def _combined(study: Study, operation: str, cohorts: list[Cohort]) -> Selection | None:
    """Return what the operation leads to, None while too few cohorts are chosen."""
    if len(cohorts) < (1 if operation == COMPLEMENT else 2):
        return None
    selection = combined(operation, cohorts, len(study))
    if not len(selection):
        st.caption("No image is left.")
    return selection


@guard()
def _save(study: Study, key: str, selection: Selection) -> None:
    try:
        demand(Role.EDIT, study.path)
        cohorts = session.cohorts_of(study)
        cohort = cohorts.save(st.session_state[key], selection, **study_digests(study))
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_COMBINED] += 1
    st.toast(f"Saved “{plain_markdown(cohort.name)}” with {counted(cohort.count, 'image')}.")
