"""A button that starts a job in the background."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cae.access.roles import folders_to_read, role_for_command
from cae.jobs import runs
from cae.study.manifest import MANIFEST
from cae.study.study import Study
from pages.components.kit.action_button import action_button
from pages.components.kit.rights import demand, own_rights, withheld


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
        _demand_folders(folder, arguments)
        runs.start(folder, list(arguments))

    action_button(text, start, **withheld(role, folder, **how))


def _demand_folders(folder: Path, arguments: Sequence[str]) -> None:
    """Let pass who may read the folders that a job on a study is told to read."""
    is_study = (folder / MANIFEST).exists()
    names = Study.open(folder).manifest["mask_names"] if is_study else ()
    for path in folders_to_read(arguments, names):
        own_rights().demand_path(path)
