"""Exports on their way to the browser, from a folder that goes when the session goes."""

import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from cae.export.exporter import Exporter
from cae.study.study import Study

_FOLDER = "export folder"
_PREPARED = "prepared exports"
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
    """Export `what` as `name` behind a bar and keep the file for `prepared_export`.

    `key` names everything that the contents follow from.
    """
    bar = st.progress(0.0, "Preparing…")

    def show(done: int, total: int, message: str = "") -> None:
        bar.progress(done / max(1, total), f"{done:,} of {total:,} {message}")

    file = export(
        study,
        what,
        Path(tempfile.mkdtemp(dir=_folder())) / name,
        identifying=identifying,
        progress=show,
    )
    bar.empty()
    st.session_state.setdefault(_PREPARED, {})[key] = file


def _folder() -> str:
    if _FOLDER not in st.session_state:
        st.session_state[_FOLDER] = tempfile.TemporaryDirectory(prefix="cae-export-")
    name: str = st.session_state[_FOLDER].name
    return name
