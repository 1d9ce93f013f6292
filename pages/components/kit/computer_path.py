"""The field for a file or folder of the computer that the app runs on, for whoever may name one."""

from pathlib import Path

import streamlit as st

from cae.access.rights import NoRightError
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import own_rights


def computer_path(
    label: str, placeholder: str, help: str | None = None, key: str | None = None
) -> Path | None:
    """Ask for a path; None as long as nothing is typed, or what may not be read, which it says.

    Nothing is shown to whoever may name none. Whether there is such a file is not looked at.
    """
    if not own_rights().may_name_folders:
        return None
    text = st.text_input(label, placeholder=placeholder, help=help, key=key).strip().strip("\"'")
    if not text:
        return None
    path = Path(text).expanduser()
    try:
        own_rights().demand_path(path)
    except NoRightError as error:
        st.warning(plain_markdown(str(error)))
        return None
    return path
