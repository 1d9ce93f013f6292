"""How a cohort came about as a flow, from all images of the study to those that are in it."""

import streamlit as st

from cae.cohorts.attrition import Attrition
from cae.cohorts.cohort import Cohort
from cae.decoding.replay import attrition_on
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.kit.flow_figure import flow_figure
from pages.components.kit.guard import guard
from pages.components.state.study_view import Added, added, given_names, study_key


def flow_button(study: Study, cohort: Cohort) -> None:
    """Show a button that opens the flow of a cohort, which is worked out only then."""
    is_pressed = st.button("Flow", icon=":material/account_tree:", key=f"flow {cohort.id}")
    if is_pressed:
        _dialog(study, cohort)


@st.dialog("How it came about", width="medium")
def _dialog(study: Study, cohort: Cohort) -> None:
    with guard(), st.spinner("Taking its steps again…"):
        state = (study_key(study), given_names(study), added(study))
        found = _attrition(*state, cohort.id, study, cohort)
        flow_figure(study, ((cohort.name, found),), f"flow {cohort.id}")
        st.caption("As a sentence, for a section on methods:")
        st.code(found.statement, language=None, wrap_lines=True)


@cache_resource(max_entries=32)
def _attrition(
    key: tuple[str, ...],
    names: tuple[tuple[int, str], ...],
    present: Added,
    cohort_id: int,
    _study: Study,
    _cohort: Cohort,
) -> Attrition:
    return attrition_on(_study, _cohort.history)
