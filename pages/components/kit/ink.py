"""The colour of lines and words in pictures that a page shows on its own ground."""

import streamlit as st

_INKS = {"light": "#1a1a1a", "dark": "#e8e8e8"}


def theme_ink() -> str:
    """Return the colour that can be read on the theme of whoever looks, as #rrggbb."""
    return _INKS.get(str(st.context.theme.type), _INKS["light"])
