"""A change that was not saved, as somebody else had changed or deleted the cohort meanwhile."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cae.access.roles import Role
from cae.cohorts.cohort import NAME_LENGTH, Cohort
from cae.cohorts.conflict import ConflictError
from cae.errors import CaeError
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand
from pages.components.state import session

_UNSAVED = "unsaved edits"
_TITLES = {"name": "Name", "note": "Note", "tags": "Tags"}


@dataclass(frozen=True)
class _Unsaved:
    """What was typed, by field, and why it was not saved."""

    changes: dict[str, Any]
    reason: str


def keep_unsaved(study: Study, changes: dict[str, Any], error: ConflictError) -> None:
    """Keep what was typed, by field of `CohortStore.change`, until somebody decides about it."""
    _all(study)[error.now.id] = _Unsaved(changes, str(error))


def unsaved_cohorts(study: Study) -> Collection[int]:
    """Return the ids of the cohorts with a change that was not saved."""
    return _all(study).keys()


def unsaved_edit(study: Study, cohort: Cohort) -> None:
    """Show what was typed beside what is there now, to be saved over it or let go."""
    unsaved = _all(study)[cohort.id]
    with st.container(border=True, key=f"unsaved-{cohort.id}"):
        st.markdown(f"#### Your change of {plain_markdown(cohort.name)} is not saved")
        st.warning(plain_markdown(unsaved.reason))
        with st.form(f"unsaved form {cohort.id}", border=False):
            for field in unsaved.changes:
                _field(cohort, field, unsaved)
            is_deleted = cohort.deleted is not None
            st.form_submit_button(
                "Restore it with this" if is_deleted else "Save this over it",
                type="primary",
                on_click=_save,
                args=(study, cohort),
            )
        st.button(
            "Let my change go", key=f"let go {cohort.id}", on_click=_drop, args=(study, cohort)
        )


def _all(study: Study) -> dict[int, _Unsaved]:
    kept: dict[int, _Unsaved] = st.session_state.setdefault(f"{_UNSAVED} {study.path.name}", {})
    return kept


def _field(cohort: Cohort, field: str, unsaved: _Unsaved) -> None:
    title, key = f"Your {field}", _key(cohort, field)
    if field == "note":
        st.text_area(title, unsaved.changes["note"], height=120, key=key)
    else:
        typed = unsaved.changes[field]
        text = typed if isinstance(typed, str) else ",".join(typed)
        st.text_input(title, text, max_chars=NAME_LENGTH if field == "name" else None, key=key)
    now = {"name": cohort.name, "note": cohort.note, "tags": ", ".join(cohort.tags)}[field]
    st.caption(f"{_TITLES[field]} as it is now: {plain_markdown(now) or '(empty)'}")


def _key(cohort: Cohort, field: str) -> str:
    return session.control_key(f"unsaved {field} {cohort.id}")


@guard()
def _save(study: Study, shown: Cohort) -> None:
    """Save over a cohort as it was `shown`; what others changed after that is told again."""
    demand(Role.EDIT, study.path)
    unsaved = _all(study)[shown.id]
    changes = {field: st.session_state[_key(shown, field)] for field in unsaved.changes}
    if "tags" in changes:
        changes["tags"] = changes["tags"].split(",")
    cohorts = session.cohorts_of(study)
    try:
        living = shown if shown.deleted is None else cohorts.restore(shown)
        cohorts.change(living, **changes)
    except ConflictError as error:
        keep_unsaved(study, changes, error)
    except CaeError as error:
        _all(study)[shown.id] = _Unsaved(changes, str(error))
    else:
        _drop(study, shown)
        st.toast(f"Saved “{living.name}”.")


def _drop(study: Study, cohort: Cohort) -> None:
    _all(study).pop(cohort.id, None)
