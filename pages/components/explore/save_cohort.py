"""The form that saves the selection as a cohort."""

import streamlit as st

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.state import session

_SAVED = "cohorts saved"
_PROBLEM = "cohort problem"


def save_cohort(study: Study, selection: Selection) -> None:
    """Offer to save `selection` under a name, with a note."""
    # A new key after each cohort closes the form and empties it.
    number = st.session_state.setdefault(_SAVED, 0)
    with (
        st.popover(
            "Save as cohort", width="stretch", disabled=not len(selection), key=f"save {number}"
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
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(problem)
        st.form_submit_button(
            f"Save {len(selection):,} images",
            type="primary",
            on_click=_save,
            args=(study, selection, number),
        )


@guard()
def _save(study: Study, selection: Selection, number: int) -> None:
    name, note = (st.session_state[f"cohort {field} {number}"] for field in ("name", "note"))
    filters, digests = list(session.view().queries), study_digests(study)
    try:
        cohort = study.cohorts.save(name, selection, note, filters=filters, **digests)
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_SAVED] = number + 1
    st.toast(f"Saved “{cohort.name}” with {cohort.count:,} images. See it on the page Cohorts.")
