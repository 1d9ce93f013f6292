"""What one person may do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cae.access.roles import Role
from cae.errors import CaeError


class NoRightError(CaeError):
    """Somebody asked for what the configuration file does not let them do."""


@dataclass(frozen=True)
class Rights:
    """The roles of one person, by study.

    Attributes:
        everywhere: role on every study that `studies` does not name; None where there is none.
        studies: roles on studies, by the name of their folder.
        roots: folders of this computer below which the person may choose files; None for all.
    """

    everywhere: Role | None = None
    studies: Mapping[str, Role] = field(default_factory=dict)
    roots: tuple[Path, ...] | None = ()

    def on(self, study: str) -> Role | None:
        """Return the role on a study, by the name of its folder; None where there is none."""
        return self.studies.get(study, self.everywhere)

    def may(self, role: Role, study: str) -> bool:
        """Whether the person may do on a study what needs `role`."""
        held = self.on(study)
        return held is not None and held >= role

    def hindrance(self, role: Role, study: str) -> str:
        """Return why the person may not do what needs `role`, in a sentence; empty if they may."""
        if self.may(role, study):
            return ""
        if self.on(study) is None:
            return f"There is no study named {study!r}; choose another one."
        return (
            f"This needs the role “{role.word}” on the study “{study}”; ask whoever runs this "
            "server for it."
        )

    def demand(self, role: Role, study: str) -> None:
        """Let pass who may do on a study what needs `role`.

        Raises:
            NoRightError: the person may not. Of a study that they may not see, it says no more
                than of one that does not exist.
        """
        if reason := self.hindrance(role, study):
            raise NoRightError(reason)

    @property
    def is_known(self) -> bool:
        """Whether the person has a role on anything."""
        return self.highest is not None

    @property
    def highest(self) -> Role | None:
        """The highest role that the person has on any study."""
        held = [role for role in (self.everywhere, *self.studies.values()) if role is not None]
        return max(held, default=None)

    @property
    def may_bring(self) -> bool:
        """Whether the person may make new studies."""
        return self.everywhere is Role.ADMIN

    @property
    def may_name_folders(self) -> bool:
        """Whether the person may name files and folders of this computer at all."""
        return self.may_bring and self.roots != ()

    def demand_path(self, path: Path) -> None:
        """Let pass who may read a file or folder of this computer.

        Raises:
            NoRightError: the person may name none, or it lies below none of the roots, wherever
                links lead to.
        """
        if not self.may_name_folders:
            raise NoRightError(
                "Only administrators may name files and folders of this server; upload them."
            )
        if self.roots is None:
            return
        resolved = path.resolve()
        if not any(resolved.is_relative_to(root.resolve()) for root in self.roots):
            below = ", ".join(map(str, self.roots))
            raise NoRightError(f"{path} may not be read; choose something below {below}.")


# Whoever uses the app alone on a computer of their own, and whom nobody knows.
ALONE = Rights(Role.ADMIN, roots=None)
NOBODY = Rights()
