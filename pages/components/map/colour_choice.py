"""The control that says what a map is coloured by."""

import streamlit as st

from cae.study.study import Study
from pages.components.state import session
from pages.components.state.study_view import colour_choices


def colour_choice(study: Study) -> str:
    """Show the control and return the column that the map is coloured by."""
    choices = colour_choices(study)
    names = list(choices)
    chosen = session.view().colour
    shown = chosen if chosen in names else names[0]
    key = session.control("colour", shown)
    st.selectbox(
        "Colour by",
        names,
        format_func=choices.__getitem__,
        key=key,
        on_change=lambda: session.look(colour=st.session_state[key]),
    )
    return shown
