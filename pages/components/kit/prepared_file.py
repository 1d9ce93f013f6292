"""A file that takes a while to make: prepared on request, then downloaded."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Literal

import streamlit as st

from pages.components.kit.exports import prepared_export, shows_export

_Width = Literal["content", "stretch"]


def prepared_file(
    key: Hashable,
    ask: str,
    begin: Callable[[], None],
    *,
    words: str | None = None,
    width: _Width = "content",
    button_key: str | None = None,
) -> Path | None:
    """Offer to prepare a file, show how far it is, and return it once it is whole.

    Args:
        key: everything that its contents follow from, as `prepare_export` takes it.
        ask: what the button says.
        begin: calls `prepare_export` with `key`.
        words: help of the button.
        width: of the button.
        button_key: where the page has several buttons that say the same.
    """
    file = prepared_export(key)
    if file is not None or shows_export(key):
        return file
    if st.button(ask, help=words, width=width, key=button_key):
        begin()
        st.rerun()
    return None


def zip_button(
    file: Path,
    title: str,
    *,
    icon: str = ":material/folder_zip:",
    kind: Literal["primary", "secondary"] = "secondary",
    width: _Width = "content",
    button_key: str | None = None,
) -> None:
    """Show a button that downloads a prepared zip.

    Args:
        file: as `prepared_file` returns it.
        title: what the button says.
        icon: in front of the title.
        kind: how the button stands out.
        width: of the button.
        button_key: where the page has several buttons that say the same.
    """
    st.download_button(
        title,
        file.read_bytes,
        file_name=file.name,
        mime="application/zip",
        key=button_key,
        icon=icon,
        type=kind,
        on_click="ignore",
        width=width,
    )
