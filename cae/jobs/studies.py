"""Renaming and deleting a study's folder, never while somebody works on it."""

import shutil
import tempfile
from pathlib import Path

from cae.errors import CaeError
from cae.home import folder_name
from cae.jobs import runs
from cae.study.locks import editing, making, working


def require_name(name: str) -> None:
    """Refuse what cannot be the name of a study's folder on every file system.

    Raises:
        CaeError: it is empty, too long, or holds what is no part of a name, such as a slash.
    """
    if not name or folder_name(name) != name:
        raise CaeError(
            f"A study cannot be called “{name}”; use letters, digits, spaces, dots and hyphens."
        )


def rename_study(folder: Path, name: str) -> Path:
    """Give the folder of a study another name; what it holds stays as it is.

    The records of its jobs are dropped, as they know it by its former name.

    Args:
        folder: of the study.
        name: of the folder, as every file system takes it.

    Returns:
        The folder under its new name.

    Raises:
        CaeError: the name is none or is taken, or somebody works on the study.
    """
    require_name(name)
    target = folder.parent / name
    with making(target):
        if target.exists():
            raise CaeError(f"There is a study called “{name}” already; choose another name.")
        runs.forget(folder)
        _move(folder, target)
    return target


def delete_study(folder: Path) -> None:
    """Remove a study, its cohorts and the records of its jobs; a damaged one, too.

    It is gone for all at one moment, before its files are removed one by one.

    Raises:
        CaeError: somebody works on the study, or its folder cannot be changed.
    """
    runs.forget(folder)
    if not folder.exists():
        return
    with tempfile.TemporaryDirectory(prefix=".removed-", dir=folder.parent) as away:
        _move(folder, Path(away) / folder.name)
        shutil.rmtree(Path(away) / folder.name)


def _move(folder: Path, target: Path) -> None:
    with working(folder), editing(folder):
        try:
            folder.rename(target)
        except OSError as error:
            raise CaeError(
                f"{folder} cannot be moved ({error.strerror}); check its permissions."
            ) from error
