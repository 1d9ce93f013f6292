"""A button that acts on what the page shows when it is pressed."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components.kit.guard import guard


def action_button(text: str, act: Callable[[], object], **how: Any) -> None:
    """Show a button that calls `act` and runs the page again.

    A callback of a button was made by the run before, so what it closes over may be older than
    what is on screen: a field changed just before the press would be lost.

    Args:
        text: what the button says.
        act: what pressing does; an error it raises is shown below the button.
        how: further arguments of `st.button`, such as its icon.
    """
    if st.button(text, **how):
        with guard():
            act()
            st.rerun()
