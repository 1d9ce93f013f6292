"""Where studies live when nobody says otherwise."""

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_data_path


def studies_folder() -> Path:
    """Return the folder of studies: ``$CAE_HOME``, else the user's data folder.

    The folder may not exist yet.
    """
    if home := os.environ.get("CAE_HOME"):
        return Path(home).expanduser().resolve()
    return user_data_path("cae-explorer", appauthor=False)


def list_studies() -> list[Path]:
    """Return the folders in `studies_folder` that hold a study.json, sorted by name."""
    folder = studies_folder()
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path / "study.json").is_file())


_LONGEST = 60
_UNSAFE = re.compile(r"[^\w .()-]+")


def folder_name(name: str) -> str:
    """Return `name` as a folder name that every file system takes; empty if nothing is left."""
    composed = unicodedata.normalize("NFC", name)
    return " ".join(_UNSAFE.sub(" ", composed).split()).strip(" .-")[:_LONGEST].strip(" .-")


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """Return `name`, with the first number behind it that makes it free."""
    candidate, number = name, 1
    while is_taken(candidate):
        number += 1
        candidate = f"{name} {number}"
    return candidate
