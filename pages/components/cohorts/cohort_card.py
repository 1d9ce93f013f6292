"""One saved cohort: what is in it and what can be done with it."""

from datetime import datetime

import streamlit as st

from cae.cohorts.selection import Selection
from cae.cohorts.store import Cohort
from cae.study.study import Study
from pages.components.cohorts.cohort_export import cohort_export
from pages.components.cohorts.flow_table import flow_popover
from pages.components.kit.contact_sheet import contact_sheet
from pages.components.kit.guard import guard
from pages.components.state import session
from pages.components.state.view import COHORT

DELETED = "deleted cohort"
_SHOWN = 16


def cohort_card(study: Study, cohort: Cohort) -> None:
    """Show `cohort` with its actions."""
    with st.container(border=True, key=f"cohort-{cohort.id}"):
        st.markdown(f"#### {_plain(cohort.name)}")
        st.caption(f"{cohort.count:,} images · saved {when(cohort.created)}")
        if cohort.note:
            st.text(cohort.note)
        digest = cohort.images_digest
        reaches_further = len(cohort.rows) > 0 and cohort.rows[-1] >= len(study)
        if not reaches_further:
            contact_sheet(study, cohort.rows[:_SHOWN], width=56)
        if reaches_further or (digest and not study.is_continued("import", digest)):
            st.warning("This cohort was saved on other images than the study holds now.")
            return
        with st.container(horizontal=True):
            _open_button(cohort)
            _compare_button(cohort)
            with guard():
                flow_popover(study, cohort)
            with st.popover("Export", icon=":material/archive:"), guard():
                cohort_export(study, cohort)
            with st.popover("Edit", icon=":material/edit:"), guard():
                _edit_form(study, cohort)
            st.button(
                "Delete",
                key=f"delete {cohort.id}",
                icon=":material/delete:",
                on_click=guard()(_delete),
                args=(study, cohort),
            )


def when(created: str) -> str:
    """Return a time (ISO 8601, UTC) as people write it, such as ``21 Nov 2026, 09:30 UTC``."""
    time = datetime.fromisoformat(created)
    return f"{time.day} {time:%b %Y, %H:%M} UTC"


def _open_button(cohort: Cohort) -> None:
    is_pressed = st.button(
        "Open on the map",
        key=f"open {cohort.id}",
        icon=":material/scatter_plot:",
        on_click=guard()(_select),
        args=(cohort,),
    )
    if is_pressed:
        st.switch_page("pages/explore.py")


def _compare_button(cohort: Cohort) -> None:
    is_pressed = st.button(
        "Compare",
        key=f"compare {cohort.id}",
        icon=":material/compare_arrows:",
        help="How the cohort differs from all other images",
        on_click=lambda: session.look(group=f"{COHORT}{cohort.id}", against=""),
    )
    if is_pressed:
        st.switch_page("pages/compare.py")


def _select(cohort: Cohort) -> None:
    event = {"kind": "cohort", "name": cohort.name, "cohort": cohort.id}
    session.set_selection(Selection.empty().combine(cohort.rows, "replace", event), image=None)


def _edit_form(study: Study, cohort: Cohort) -> None:
    with st.form(f"edit {cohort.id}", border=False):
        name = st.text_input("Name", cohort.name, max_chars=120)
        note = st.text_area("Note", cohort.note, height=120)
        is_submitted = st.form_submit_button("Save changes", type="primary")
    if not is_submitted:
        return
    if name != cohort.name:
        study.cohorts.rename(cohort.id, name)
    if note != cohort.note:
        study.cohorts.set_note(cohort.id, note)
    st.rerun()


def _delete(study: Study, cohort: Cohort) -> None:
    study.cohorts.delete(cohort.id)
    st.session_state[DELETED] = cohort.id


def _plain(text: str) -> str:
    """Return `text` so that Markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|~$:" else sign for sign in text)
