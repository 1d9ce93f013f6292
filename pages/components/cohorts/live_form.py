"""The form that saves a query as a live cohort."""

import streamlit as st

from cae.access.roles import Role
from cae.columns.expression import LONGEST
from cae.columns.filters import with_cluster_numbers
from cae.errors import CaeError
from cae.number_text import counted
from cae.study.cluster_names import cluster_names
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may
from pages.components.state import session
from pages.components.state.study_view import study_table

_SAVED = "live cohorts saved"
_PROBLEM = "live problem"


def live_form(study: Study) -> None:
    """Offer to save a query as a cohort that is evaluated anew whenever it is looked at."""
    if not may(Role.EDIT, study.path):
        return
    panel = st.expander(
        "New live cohort",
        icon=":material/sync:",
        expanded=bool(st.session_state.get(_PROBLEM)),
        key=session.control_key("live"),
        on_change="rerun",
    )
    if panel.open:
        with panel:
            _form(study)


def _form(study: Study) -> None:
    number = st.session_state.setdefault(_SAVED, 0)
    with st.form(f"live {number}", border=False):
        st.caption(
            "It holds what fulfils the query whenever it is looked at, also of images that are "
            "added and labels that are changed later."
        )
        query, name = session.control_key(f"query {number}"), session.control_key(f"live {number}")
        st.text_input("Query", max_chars=LONGEST, key=query, help="As in Filters on Explore")
        st.text_input("Name", max_chars=120, key=name)
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain_markdown(problem))
        st.form_submit_button(
            "Save live cohort", type="primary", on_click=_save, args=(study, query, name)
        )


@guard()
def _save(study: Study, query: str, name: str) -> None:
    try:
        demand(Role.EDIT, study.path)
        numbered = with_cluster_numbers(
            st.session_state[query], cluster_names(study), study_table(study)
        )
        cohort = session.cohorts_of(study).save_live(st.session_state[name], numbered)
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_SAVED] += 1
    name = plain_markdown(cohort.name)
    st.toast(f"Saved the live cohort “{name}”, which holds {counted(cohort.count, 'image')} now.")
