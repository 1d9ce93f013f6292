"""Turning the pages of a long list of images."""

from collections.abc import Callable

import numpy as np
import streamlit as st

PAGE_SIZE = 12


def page_of(
    rows: np.ndarray,
    key: str,
    token: object,
    first: int = 1,
    on_turn: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Show the pager and return those of `rows` that are on the page that is open.

    Args:
        rows: of all pages.
        key: of the list, one on each page of the app.
        token: stands for the list's contents; where it changes the first page is open again.
        first: number of the page that is open in a new session.
        on_turn: called with the number of the page whenever another one is opened.
    """
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    if f"{key} of" not in st.session_state:
        st.session_state[f"{key} of"] = token
        st.session_state[f"{key} page"] = min(max(first, 1), pages)
    elif st.session_state[f"{key} of"] != token:
        st.session_state[f"{key} of"] = token
        _turn(key, 1, on_turn)
    page = min(st.session_state[f"{key} page"], pages)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.button(
            "Previous",
            key=f"{key} previous",
            disabled=page <= 1,
            on_click=_turn,
            args=(key, page - 1, on_turn),
        )
        st.html(f'<div class="cae-quiet">Page {page} of {pages:,}</div>', width="content")
        st.button(
            "Next",
            key=f"{key} next",
            disabled=page >= pages,
            on_click=_turn,
            args=(key, page + 1, on_turn),
        )
    return rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def _turn(key: str, page: int, on_turn: Callable[[int], None] | None) -> None:
    st.session_state[f"{key} page"] = page
    if on_turn is not None:
        on_turn(page)
