"""A button that starts a job in the background."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cae.jobs import runs
from pages.components.kit.action_button import action_button


def job_button(text: str, folder: Path, arguments: Sequence[str], **how: Any) -> None:
    """Show a button that starts `cae` with `arguments` on the study in `folder`.

    Args:
        text: what the button says.
        folder: of the study that the job works on.
        arguments: of the command line.
        how: further arguments of `st.button`, such as its icon.
    """
    action_button(text, partial(runs.start, folder, list(arguments)), **how)
