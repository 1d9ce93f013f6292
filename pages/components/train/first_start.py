"""The very first start: the embedded study is set up, so that there is something to see."""

import threading

import streamlit as st

from cae.errors import CaeError
from pages.components.kit.cache import cache_resource
from pages.components.kit.rights import own_rights
from pages.components.state import session


def ensure_a_study() -> None:
    """Set up the embedded study where there is no other, and show how far that is.

    An installation that was cut off goes on; of several windows that open at once, one does it.

    Raises:
        CaeError: there is none, and whoever uses this session may bring none.
    """
    if _is_complete():
        return
    if not own_rights().may_bring:
        raise CaeError(
            "There is no study here yet that you may see; ask whoever runs this server for one."
        )
    with st.spinner("Another window sets up the embedded study…"):
        lock = _lock()
        lock.acquire()
    try:
        if not _is_complete():
            _install()
    finally:
        lock.release()
    st.rerun()


def _is_complete() -> bool:
    if not session.known_studies():
        return False
    if session.study_name() != session.DEFAULT_STUDY or session.known_studies().keys() != {
        session.DEFAULT_STUDY
    }:
        return True
    return session.current_study().is_done("cluster")


def _install() -> None:
    from cae.study.pretrained import install_brain

    bar = st.progress(0.0, "Setting up the embedded study of brain images…")

    def show(done: int, total: int, message: str = "") -> None:
        share = min(1.0, done / max(1, total))
        bar.progress(share, f"Setting up the embedded study of brain images: {message}")

    install_brain(show)
    bar.empty()


@cache_resource(max_entries=1)
def _lock() -> threading.Lock:
    return threading.Lock()
