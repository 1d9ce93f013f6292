"""A button that starts a job in the background."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from cae import jobs
from pages.components.guard import guard


def job_button(label: str, folder: Path, arguments: Sequence[str], **how: Any) -> None:
    """Show a button that starts `cae` with `arguments` on the study in `folder`.

    Args:
        label: what the button says.
        folder: of the study that the job works on.
        arguments: of the command line, as they follow from what the page shows.
        how: further arguments of `st.button`, such as its icon.
    """
    # A callback would be given the arguments of the run before: a setting changed just before
    # the press would be lost.
    if st.button(label, **how):
        with guard():
            jobs.start(folder, list(arguments))
            st.rerun()
