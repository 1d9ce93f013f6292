"""What components have sent, each message once.

A component's message stays in the session and is seen again by later runs, so its number is
compared with that of the last one that was taken.
"""

from typing import Any

import streamlit as st


def take_event(key: str, name: str) -> dict[str, Any] | None:
    """Return the message `name` of a component if it is a new one, else None.

    Args:
        key: of the component.
        name: of the message, which carries an ``id`` of its own.
    """
    sent: dict[str, Any] | None = st.session_state[key].get(name)
    if not sent or sent["id"] == last_taken(key):
        return None
    st.session_state[_taken(key)] = sent["id"]
    return sent


def last_taken(key: str) -> str | None:
    """Return the ``id`` of the message of a component that was taken last, None before any."""
    return st.session_state.get(_taken(key))


def _taken(key: str) -> str:
    return f"{key} taken"
