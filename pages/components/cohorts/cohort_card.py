"""One saved cohort: what is in it and what can be done with it."""

import html
import re

import streamlit as st

from cae.access.roles import Role
from cae.cohorts.account import account
from cae.cohorts.act import when
from cae.cohorts.cohort import Cohort
from cae.cohorts.combination import cohort_event
from cae.cohorts.picking import history_in_words
from cae.cohorts.selection import Selection
from cae.columns.corrected_label import CORRECTED
from cae.columns.titles import CLUSTER, LABEL
from cae.export.provenance import study_digests
from cae.number_text import counted
from cae.study.cluster_names import cluster_names
from cae.study.study import Study
from pages.components.cohorts.cohort_export import cohort_export
from pages.components.cohorts.edit_form import edit_popover
from pages.components.cohorts.flow_dialog import flow_button
from pages.components.cohorts.map_thumbnail import map_thumbnail
from pages.components.cohorts.stability_line import stability_line
from pages.components.kit.breakdown import show_breakdown
from pages.components.kit.contact_sheet import contact_sheet
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.state import session
from pages.components.state.study_view import colour_choices, study_colours
from pages.components.state.view import COHORT

_DELETED = "deleted cohort"
_SHOWN = 16


def cohort_card(study: Study, cohort: Cohort) -> None:
    """Show `cohort` with its actions."""
    with st.container(border=True, key=f"cohort-{cohort.id}"):
        st.markdown(f"#### {plain_markdown(cohort.name)}")
        told = f"{counted(cohort.count, 'image')}{' now' if cohort.is_live else ''}"
        st.caption(f"{told} · saved {when(cohort.created)}")
        _marks(cohort)
        if cohort.note:
            st.text(cohort.note)
        _how_it_came_about(study, cohort)
        if cohort.problem:
            problem = plain_markdown(cohort.problem)
            st.warning(f"Its query cannot be evaluated any more: {problem}")
        if not study.cohorts.is_of_these_images(cohort):
            st.warning("This cohort was saved on other images than the study holds now.")
            _delete_button(study, cohort)
            return
        contact_sheet(study, cohort.rows[:_SHOWN], width=56)
        if len(cohort.rows):
            _contents(study, cohort)
        with guard():
            stability_line(study, cohort)
        with st.container(horizontal=True):
            if cohort.is_live:
                _freeze_button(study, cohort)
            _open_button(cohort)
            _compare_button(cohort)
            with guard():
                flow_button(study, cohort)
            with st.popover("Export", icon=":material/archive:"), guard():
                cohort_export(study, cohort)
            with guard():
                edit_popover(study, cohort)
            _delete_button(study, cohort)


def _marks(cohort: Cohort) -> None:
    """Show whether the cohort is live, and its tags."""
    if not (cohort.is_live or cohort.tags):
        return
    with st.container(horizontal=True, gap="xsmall"):
        if cohort.is_live:
            st.badge("Live", icon=":material/sync:", color="orange", width="content")
        for tag in cohort.tags:
            # It escapes square brackets itself.
            told = re.sub(r"\\([\[\]])", r"\1", plain_markdown(tag))
            st.badge(told, color="gray", width="content")


def _contents(study: Study, cohort: Cohort) -> None:
    """Show where on the map the cohort lies, and its clusters, labels and corrected labels."""
    choices = colour_choices(study)
    columns = [column for column in (CLUSTER, LABEL, CORRECTED) if column in choices]
    if not columns and not study.is_done("project"):
        return
    with st.container(horizontal=True, gap="medium", key=f"contents-{cohort.id}"):
        with st.container(width=150):
            map_thumbnail(study, cohort.rows)
        for column in columns:
            with st.container(width=300):
                show_breakdown(study_colours(study, column), cohort.rows)


def _delete_button(study: Study, cohort: Cohort) -> None:
    st.button(
        "Delete",
        key=f"delete {cohort.id}",
        icon=":material/delete:",
        on_click=guard()(_delete),
        args=(study, cohort),
        **withheld(Role.EDIT, study.path),
    )


def _freeze_button(study: Study, cohort: Cohort) -> None:
    st.button(
        "Freeze",
        key=f"freeze {cohort.id}",
        icon=":material/ac_unit:",
        on_click=guard()(_freeze),
        args=(study, cohort),
        **withheld(
            Role.EDIT,
            study.path,
            help="Keep the images that it holds now, whatever is added or changed later",
            disabled=not len(cohort.rows),
        ),
    )


def _freeze(study: Study, cohort: Cohort) -> None:
    demand(Role.EDIT, study.path)
    session.cohorts_of(study).freeze(cohort, **study_digests(study))


def _how_it_came_about(study: Study, cohort: Cohort) -> None:
    words = history_in_words(cohort.selection)
    steps = account(cohort.history, cluster_names(study))
    if len(steps) <= 1:
        st.caption(plain_markdown(steps[0].words if steps else words))
        return
    with st.expander(plain_markdown(words)):
        lines = "".join(
            f'<tr><th scope="row" style="padding-left:{step.depth * 1.2}rem">'
            f"{step.number} {html.escape(step.words)}</th>"
            f"<td>{counted(step.count, 'image')}</td></tr>"
            for step in steps
        )
        st.html(f'<table class="cae-facts" aria-label="How it came about">{lines}</table>')


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
    selection = Selection.empty().combine(cohort.rows, "replace", cohort_event(cohort))
    session.set_selection(selection, image=None)


def _delete(study: Study, cohort: Cohort) -> None:
    demand(Role.EDIT, study.path)
    session.cohorts_of(study).delete(cohort)
    st.session_state[session.control_key(_DELETED)] = cohort.id


def just_deleted() -> int | None:
    """Return the number of the cohort of the study that was deleted last in this session."""
    number: int | None = st.session_state.get(session.control_key(_DELETED))
    return number


def forget_deleted() -> None:
    """Let nothing have been deleted in this session."""
    st.session_state.pop(session.control_key(_DELETED), None)
