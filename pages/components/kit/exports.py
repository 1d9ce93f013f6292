"""Exports on their way to the browser, from a folder that goes when the session goes."""

import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from cae.export.exporter import Exporter
from cae.progress import Progress
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.kit.preparation import Preparation

_FOLDER = "export folder"
_PREPARED, _RUNNING = "prepared exports", "running exports"
_What = TypeVar("_What")


def exported_bytes(
    export: Exporter[_What], study: Study, what: _What, name: str, file: str | None = None
) -> bytes:
    """Export `what` as `name`, without anything identifying, and return that file.

    Where `file` is given, it is returned instead: one that the export writes beside it.
    """
    with tempfile.TemporaryDirectory(prefix="cae-export-") as folder:
        out = export(study, what, Path(folder) / name)
        return out.with_name(file or name).read_bytes()


def prepared_export(key: Hashable) -> Path | None:
    """Return what `prepare_export` made under `key` in this session, None if nothing yet."""
    prepared: Path | None = st.session_state.get(_PREPARED, {}).get(key)
    return prepared


def prepare_export(
    export: Exporter[_What],
    study: Study,
    what: _What,
    name: str,
    key: Hashable,
    *,
    identifying: bool = False,
) -> None:
    """Begin to export `what` as `name`; the page goes on meanwhile.

    `shows_export` tells how far it is, and `prepared_export` has the file once it is whole. `key`
    names everything that the contents follow from.
    """
    out = Path(tempfile.mkdtemp(dir=_folder())) / name

    def make(progress: Progress) -> Path:
        return export(study, what, out, identifying=identifying, progress=progress)

    st.session_state.setdefault(_RUNNING, {})[key] = Preparation(make)


def shows_export(key: Hashable) -> bool:
    """Show how far the export of this `key` is, and return whether there is such.

    Once it has failed this says why, and it can be begun again.
    """
    running: Preparation | None = st.session_state.get(_RUNNING, {}).get(key)
    if running is None:
        return False
    if running.is_alive:
        _progress(running, key)
        return True
    return _is_taken(running, key)


@st.fragment(run_every=0.5)
def _progress(running: Preparation, key: Hashable) -> None:
    with guard():
        if not running.is_alive:
            st.rerun()
        st.progress(running.share, running.words)
        st.button("Cancel", key=f"cancel export {key}", on_click=running.cancel)
        st.caption("You can go on meanwhile.")


def _is_taken(running: Preparation, key: Hashable) -> bool:
    """Take what has ended off the list; return whether there is nothing to begin again."""
    del st.session_state[_RUNNING][key]
    with guard():
        if (file := running.result()) is not None:
            st.session_state.setdefault(_PREPARED, {})[key] = file
            st.rerun()
    return False


def _folder() -> str:
    if _FOLDER not in st.session_state:
        st.session_state[_FOLDER] = tempfile.TemporaryDirectory(prefix="cae-export-")
    name: str = st.session_state[_FOLDER].name
    return name
