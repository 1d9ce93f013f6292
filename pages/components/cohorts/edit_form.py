"""The form that changes a cohort's name, note and tags, made from the cohort as it was shown."""

from typing import Any

import streamlit as st

from cae.access.roles import Role
from cae.cohorts.cohort import NAME_LENGTH, Cohort
from cae.cohorts.conflict import ConflictError
from cae.errors import CaeError
from cae.study.study import Study
from pages.components.cohorts.unsaved_edit import keep_unsaved
from pages.components.kit.guard import guard
from pages.components.kit.rights import demand, withheld
from pages.components.state import session

_PROBLEM = "edit problem"


def edit_popover(study: Study, cohort: Cohort) -> None:
    """Show a button that opens the form.

    What was typed stays while others change the cohort, and where it cannot be saved.
    """
    # A new key after each change closes the form and fills it anew.
    number = st.session_state.setdefault(_number(study, cohort.id), 0)
    form = f"edit {study.path.name} {cohort.id} {number}"
    if f"{form} name" not in st.session_state:
        st.session_state[f"{form} seen"] = cohort
    seen: Cohort = st.session_state[f"{form} seen"]
    changing = withheld(Role.EDIT, study.path)
    with st.popover("Edit", icon=":material/edit:", key=form, **changing):
        if seen.version != cohort.version:
            st.info("It was changed by somebody else since this form was filled.")
            st.button("Fill it anew", key=f"{form} anew", on_click=_anew, args=(study, cohort.id))
        with st.form(f"{form} form", border=False):
            st.text_input("Name", seen.name, max_chars=NAME_LENGTH, key=f"{form} name")
            st.text_area("Note", seen.note, height=120, key=f"{form} note")
            st.text_input(
                "Tags", ", ".join(seen.tags), help="Words with commas between", key=f"{form} tags"
            )
            if problem := st.session_state.pop(f"{form} {_PROBLEM}", None):
                st.error(problem)
            st.form_submit_button(
                "Save changes", type="primary", on_click=_save, args=(study, seen, form)
            )


def _number(study: Study, cohort_id: int) -> str:
    return f"edits {study.path.name} {cohort_id}"


def _anew(study: Study, cohort_id: int) -> None:
    st.session_state[_number(study, cohort_id)] += 1


@guard()
def _save(study: Study, seen: Cohort, form: str) -> None:
    demand(Role.EDIT, study.path)
    changes = _changes(seen, form)
    try:
        session.cohorts_of(study).change(seen, **changes)
    except ConflictError as error:
        keep_unsaved(study, changes, error)
    except CaeError as error:
        st.session_state[f"{form} {_PROBLEM}"] = str(error)
        return
    _anew(study, seen.id)


def _changes(seen: Cohort, form: str) -> dict[str, Any]:
    """Return what was typed, of the fields in which it is not what was there."""
    typed = {field: st.session_state[f"{form} {field}"] for field in ("name", "note", "tags")}
    was = {"name": seen.name, "note": seen.note, "tags": ", ".join(seen.tags)}
    changes = {field: value for field, value in typed.items() if value != was[field]}
    return changes | ({"tags": changes["tags"].split(",")} if "tags" in changes else {})
