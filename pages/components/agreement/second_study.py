"""Which study the present one is compared with."""

from pathlib import Path

import streamlit as st

from cae.errors import CaeError
from cae.study.manifest import MANIFEST
from cae.study.study import Study
from pages.components.kit.cache import cache_data
from pages.components.state import session
from pages.components.state.study_view import study_key

_SEARCHING = "Looking for studies of the same images…"


def offered_studies(study: Study) -> list[str]:
    """Return the names of the other studies that share enough images with this one."""
    return [
        name
        for name, path in session.known_studies().items()
        if path != study.path and _is_offered(study_key(study), path, _changed(path), study)
    ]


def second_study_box(offered: list[str]) -> str:
    """Show the box and return the chosen name; empty where none of `offered` is chosen."""
    chosen = session.view().other
    key = session.control("second study", chosen if chosen in offered else None)
    st.selectbox(
        "Second study",
        offered,
        index=None,
        placeholder="Choose a study of the same images",
        key=key,
        on_change=lambda: session.look(other=st.session_state[key] or ""),
    )
    if chosen and chosen not in offered:
        st.warning(f"The study {chosen!r} is not here, or does not hold the same images.")
    return chosen if chosen in offered else ""


def _changed(path: Path) -> int:
    manifest = path / MANIFEST
    return manifest.stat().st_mtime_ns if manifest.exists() else 0


@cache_data(max_entries=512, show_spinner=_SEARCHING)
def _is_offered(key: tuple[str, ...], path: Path, changed: int, _study: Study) -> bool:
    from cae.evaluation.two_studies import FEWEST_SHARED, shared_by

    try:
        other = Study.open(path)
        return other.is_done("encode") and len(shared_by(_study, other)) >= FEWEST_SHARED
    except CaeError:
        return False  # a damaged study says so itself when it is opened
