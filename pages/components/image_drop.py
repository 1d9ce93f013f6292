"""A place to paste, drop or choose an image of one's own."""

import base64
import binascii
from collections.abc import Callable
from pathlib import Path

import streamlit as st

_FRONTEND = Path(__file__).parent / "frontend"
MOST_MEGABYTES = 20

_drop = st.components.v2.component(
    "cae_image_drop",
    html=(_FRONTEND / "image_drop.html").read_text("utf-8"),
    css=(_FRONTEND / "image_drop.css").read_text("utf-8"),
    js=(_FRONTEND / "image_drop.js").read_text("utf-8"),
    isolate_styles=False,
)


def image_drop(key: str, on_image: Callable[[str, bytes], None]) -> None:
    """Show the place; what is put there calls `on_image` with its name and contents.

    The contents only pass through memory; nothing is written to a file.
    """

    def receive() -> None:
        sent = st.session_state[key].get("image")
        if not sent or sent["id"] == st.session_state.get(f"{key} handled"):
            return
        st.session_state[f"{key} handled"] = sent["id"]
        try:
            contents = base64.b64decode(sent["contents"], validate=True)
        except (binascii.Error, ValueError):
            contents = b""
        on_image(sent["name"], contents)

    _drop(data={"mostMegabytes": MOST_MEGABYTES}, key=key, on_image_change=receive)
