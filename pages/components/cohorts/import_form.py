"""The form that makes a cohort of a table with ids."""

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cae.access.roles import Role
from cae.cohorts.id_list import IdList, read_id_list
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.number_text import counted
from cae.study.study import Study
from pages.components.kit.cache import cache_data
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may
from pages.components.state import session
from pages.components.state.study_view import study_key, study_table

_IMPORTED = "cohorts imported"
_PROBLEM = "import problem"
_MOST_SHOWN = 1_000


def import_form(study: Study) -> None:
    """Offer to make a cohort of the images that a table names."""
    if not may(Role.EDIT, study.path):
        return
    panel = st.expander(
        "Import ids",
        icon=":material/upload_file:",
        expanded=bool(st.session_state.get(_PROBLEM)),
        key=session.control_key("import ids"),
        on_change="rerun",
    )
    if panel.open:
        with panel, guard():
            _form(study)


def _form(study: Study) -> None:
    number = st.session_state.setdefault(_IMPORTED, 0)
    upload = st.file_uploader(
        "A table with ids",
        type=["csv", "tsv", "txt", "xlsx", "parquet", "jsonl"],
        key=session.control_key(f"ids {number}"),
        help="Such as images.csv of an exported cohort, or one id a line",
    )
    if upload is None:
        return
    found = _read(study, upload, None)
    if len(found.columns) > 1:
        column = st.selectbox(
            "Column with the ids",
            found.columns,
            index=found.columns.index(found.column),
            key=session.control_key(f"ids column {number}"),
        )
        found = _read(study, upload, column)
    st.text(found.sentence)
    for note in found.notes:
        st.caption(plain_markdown(note))
    if found.unknown:
        with st.expander(counted(len(found.unknown), "unknown id")):
            st.text("\n".join(found.unknown[:_MOST_SHOWN]))
    name, save = st.columns([3, 2], vertical_alignment="bottom")
    key = session.control_key(f"ids name {number}")
    name.text_input("Name", Path(upload.name).stem[:120], max_chars=120, key=key)
    save.button(
        f"Save {counted(len(found.rows), 'image')}",
        key="save imported",
        type="primary",
        disabled=not len(found.rows),
        on_click=_save,
        args=(study, key, found, upload.name),
        width="stretch",
    )
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain_markdown(problem))


def _read(study: Study, upload: UploadedFile, column: str | None) -> IdList:
    return _found(study_key(study), upload.name, upload.getvalue(), column, study)


@cache_data(max_entries=4)
def _found(
    key: tuple[str, ...], name: str, contents: bytes, column: str | None, _study: Study
) -> IdList:
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"ids{Path(name).suffix}"
        file.write_bytes(contents)
        try:
            return read_id_list(file, study_table(_study)["id"], column)
        except CaeError as error:
            raise CaeError(str(error).replace(str(file), name)) from error


@guard()
def _save(study: Study, key: str, found: IdList, file: str) -> None:
    try:
        demand(Role.EDIT, study.path)
        selection = found.selection(file)
        cohorts = session.cohorts_of(study)
        cohort = cohorts.save(st.session_state[key], selection, **study_digests(study))
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_IMPORTED] += 1
    st.toast(f"Saved “{plain_markdown(cohort.name)}” with {counted(cohort.count, 'image')}.")
