"""The roles that people have on studies, and which of them an act needs."""

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

# Commands that bring images into a study, or make one.
_BRINGING = frozenset({"import", "append"})
# Options whose value is a folder to read, or a mask of the study by name.
_MASKS_OR_FOLDERS = ("--shape=",)


class Role(IntEnum):
    """What somebody may do with a study; each role may do what those before it may."""

    LOOK = 1
    EDIT = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as the configuration file and the screen name it."""
        return self.name.lower()


def role_for_command(arguments: Sequence[str]) -> Role:
    """Return the role that is needed to start `cae` with these arguments on a study."""
    makes_a_study = any(one.partition("=")[0] == "--out" for one in arguments)
    return Role.ADMIN if makes_a_study or arguments[0] in _BRINGING else Role.EDIT


def folders_to_read(arguments: Sequence[str], mask_names: Sequence[str]) -> list[Path]:
    """Return the folders of this computer that `cae` with these arguments reads beside the study.

    Args:
        arguments: of a command that works on one study.
        mask_names: of the study, which are no folders.
    """
    values = [
        one.removeprefix(option)
        for one in arguments
        for option in _MASKS_OR_FOLDERS
        if one.startswith(option)
    ]
    return [Path(value) for value in values if value and value not in mask_names]
