"""Renaming and deleting a study."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from cae.access.roles import Role
from cae.errors import CaeError
from cae.home import studies_folder
from cae.jobs.studies import delete_study, rename_study, require_name
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may
from pages.components.state import session

_PROBLEM = "study problem"


def manage_study(study: Study, is_complete: bool, on_choose: Callable[[Path | None], None]) -> None:
    """Offer to rename a study, if it is complete, and to delete it, if it lies in our folder.

    `on_choose` is called with the folder under its new name, or with None once it is deleted.
    """
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain_markdown(problem))
    if study.path.parent != studies_folder() or not may(Role.ADMIN, study.path):
        return
    with st.container(horizontal=True):
        if is_complete:
            with st.popover("Rename", icon=":material/edit:", key=f"rename {study.path}"):
                _rename(study.path, on_choose)
        with st.popover("Delete", icon=":material/delete:", key=f"delete {study.path}"):
            _delete(study, on_choose)


def _rename(folder: Path, on_choose: Callable[[Path | None], None]) -> None:
    key = f"new name {folder}"
    st.text_input("New name", folder.name, key=key)
    st.caption("Links to the former name lead nowhere afterwards.")

    @guard()
    def rename() -> None:
        try:
            name = st.session_state[key].strip()
            require_name(name)
            demand(Role.ADMIN, folder)
            demand(Role.ADMIN, folder.with_name(name))
            target = rename_study(folder, name)
        except CaeError as error:
            st.session_state[_PROBLEM] = str(error)
            return
        if session.study_name() == folder.name:
            session.choose_study(target.name)
        on_choose(target)

    st.button("Rename it", key=f"rename it {folder}", on_click=rename)


def _delete(study: Study, on_choose: Callable[[Path | None], None]) -> None:
    saved = len(study.cohorts.list())
    cohorts = f", and {counted(saved, 'saved cohort')}" if saved else ""
    st.write(
        f"{len(study):,} imported images, the model and all that was made from it{cohorts} are "
        "removed and cannot be brought back; the original files stay."
    )
    typed = st.text_input(
        f"Type {plain_markdown(study.path.name)} to delete it",
        key=f"typed {study.path}",
        autocomplete="off",
    )

    @guard()
    def delete() -> None:
        is_shown = session.study_name() == study.path.name
        try:
            demand(Role.ADMIN, study.path)
            delete_study(study.path)
        except CaeError as error:
            st.session_state[_PROBLEM] = str(error)
            return
        if is_shown:
            session.choose_study("")
        on_choose(None)

    st.button(
        "Delete this study",
        key=f"delete it {study.path}",
        type="primary",
        disabled=typed != study.path.name,
        on_click=delete,
    )
