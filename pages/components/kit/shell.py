"""The app's frame around a page."""

from pathlib import Path

import streamlit as st

_PAGES = Path(__file__).parents[2]
# What stands in the session once `session.start` has run.
STARTED = "cae view"


def ensure_shell() -> None:
    """Run the app anew when Streamlit has run a page without it.

    A server that has not yet run ``app.py`` takes every file in ``pages/`` for an app of its own
    when its first visitor asks for that page's address; ``st.navigation`` ends that for good.
    """
    if STARTED not in st.session_state:
        files = [file for file in sorted(_PAGES.glob("*.py")) if file.stem != "__init__"]
        st.navigation(
            [st.Page(file, default=file.stem == "explore") for file in files], position="hidden"
        )
        st.rerun()
