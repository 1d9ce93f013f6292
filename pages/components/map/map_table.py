"""The map in words: a table of its categories, and a way to select one without a pointer."""

import html
from collections.abc import Callable

import numpy as np
import streamlit as st

from cae.cohorts.picking import MapEvent
from cae.cohorts.selection import COMBINATIONS
from cae.columns.colours import Colours

_LEVEL = "table level"
_MODE = "table mode"


def map_table(
    colours: Colours,
    selected: np.ndarray,
    in_scope: np.ndarray,
    on_event: Callable[[MapEvent], None],
) -> None:
    """Show images and selected images per category; selecting one calls `on_event`."""
    chosen = np.zeros(len(in_scope), dtype=bool)
    chosen[selected] = True
    levels = [
        level
        for level, described in enumerate(colours.levels)
        if described.listed and (in_scope & (colours.codes == level)).any()
    ]

    def select() -> None:
        # As set when the button was pressed, not as the run before found it.
        mode, level = st.session_state[_MODE], st.session_state[_LEVEL]
        on_event(MapEvent("category", mode, level=level))

    with st.expander("The map as a table"):
        lines = "".join(_line(colours, level, chosen, in_scope) for level in levels)
        st.html(
            '<table class="cae-facts"><tr><th scope="col">'
            f"{html.escape(colours.title)}</th>"
            f'<th scope="col">Images</th><th scope="col">Selected</th></tr>{lines}</table>'
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                colours.title,
                levels,
                format_func=lambda level: colours.levels[level].name,
                key=_LEVEL,
            )
            st.segmented_control(
                "Effect",
                COMBINATIONS,
                default="replace",
                required=True,
                format_func=str.title,
                key=_MODE,
            )
            st.button("Select", key="table select", disabled=not levels, on_click=select)


def _line(colours: Colours, level: int, chosen: np.ndarray, in_scope: np.ndarray) -> str:
    here = in_scope & (colours.codes == level)
    return (
        f'<tr><th scope="row">{html.escape(colours.levels[level].name)}</th>'
        f"<td>{here.sum():,}</td><td>{(here & chosen).sum():,}</td></tr>"
    )
