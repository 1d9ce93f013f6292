"""Turning the pages of a long list of images."""

import numpy as np
import streamlit as st

PAGE_SIZE = 12


def page_of(rows: np.ndarray, key: str, token: object) -> np.ndarray:
    """Show the pager and return those of `rows` that are on the page that is open.

    Args:
        rows: of all pages.
        key: of the list, one on each page of the app.
        token: stands for the list's contents; where it changes the first page is open again.
    """
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    if st.session_state.get(f"{key} of") != token:
        st.session_state[f"{key} of"] = token
        st.session_state[f"{key} page"] = 1
    page = min(st.session_state[f"{key} page"], pages)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.button(
            "Previous",
            key=f"{key} previous",
            disabled=page <= 1,
            on_click=_turn,
            args=(key, page - 1),
        )
        st.html(f'<div class="cae-quiet">Page {page} of {pages:,}</div>', width="content")
        st.button(
            "Next",
            key=f"{key} next",
            disabled=page >= pages,
            on_click=_turn,
            args=(key, page + 1),
        )
    return rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def _turn(key: str, page: int) -> None:
    st.session_state[f"{key} page"] = page
