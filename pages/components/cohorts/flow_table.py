"""How a cohort came about as a flow, from all images of the study to those that are in it."""

import html

import streamlit as st

from cae.cohorts.attrition import Attrition, Change
from cae.cohorts.cohort import Cohort
from cae.decoding.replay import attrition_on
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.state.study_view import Added, added, study_key


def flow_popover(study: Study, cohort: Cohort) -> None:
    """Show a button that opens the flow of a cohort, which is worked out only then."""
    popover = st.popover(
        "Flow", icon=":material/account_tree:", key=f"flow {cohort.id}", on_change="rerun"
    )
    if not popover.open:
        return
    with popover, st.spinner("Taking its steps again…"):
        found = _attrition(study_key(study), added(study), cohort.id, study, cohort)
        st.html(flow_html(found))
        if found.remark:
            st.html(f'<div class="cae-quiet">{html.escape(found.remark)}</div>')
        st.caption("As a sentence, for a section on methods:")
        st.code(found.statement, language=None, wrap_lines=True)


def flow_html(found: Attrition) -> str:
    """Return HTML of a flow: what was left out or added at the right of what is left."""
    lines = "".join(map(_line, found.changes))
    return (
        '<div class="cae-scroll" role="region" tabindex="0" aria-label="How the cohort came about">'
        '<table class="cae-flow"><tr><th scope="col">In the group</th>'
        f'<th scope="col">Left out or added</th></tr>{lines}</table></div>'
    )


def _line(change: Change) -> str:
    patients = "" if change.patients is None else f"<br>{change.patients:,} patients"
    beside = html.escape(change.reason)
    if change.out or change.came:
        sign, count = ("−", change.out) if change.out else ("+", change.came)
        beside = f"<strong>{sign} {count:,}</strong> {beside}"
    return f"<tr><td><span>{change.left:,} images{patients}</span></td><td>{beside}</td></tr>"


@cache_resource(max_entries=32)
def _attrition(
    key: tuple[str, ...], present: Added, cohort_id: int, _study: Study, _cohort: Cohort
) -> Attrition:
    return attrition_on(_study, _cohort.history)
