"""Paths that mean the same place from wherever they are read."""

from pathlib import Path


def absolute(text: str) -> Path:
    """Return the path that a person means in the present folder, ``~`` being the home folder.

    Links stay as they were given, as they may be to lead elsewhere later.
    """
    return Path(text).expanduser().absolute()
