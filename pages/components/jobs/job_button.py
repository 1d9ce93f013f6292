"""A button that starts a job in the background."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cae.access.roles import role_for_command
from cae.jobs import runs
from pages.components.kit.action_button import action_button
from pages.components.kit.rights import demand, withheld


def job_button(text: str, folder: Path, arguments: Sequence[str], **how: Any) -> None:
    """Show a button that starts `cae` with `arguments` on the study in `folder`.

    It is off for whoever may not start that.

    Args:
        text: what the button says.
        folder: of the study that the job works on.
        arguments: of the command line.
        how: further arguments of `st.button`, such as its icon.
    """
    role = role_for_command(arguments)

    def start() -> None:
        demand(role, folder)
        runs.start(folder, list(arguments))

    action_button(text, start, **withheld(role, folder, **how))
