"""The look that all pages share."""

from pathlib import Path

import streamlit as st


def apply_style() -> None:
    """Add the app's style sheet to the page; it takes no room."""
    st.html(Path(__file__).with_suffix(".css"))
