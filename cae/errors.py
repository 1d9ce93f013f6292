"""What users are told went wrong: the one exception that they see, and what becomes one."""

from pathlib import Path


class CaeError(Exception):
    """A problem the user can mend.

    Its text is one sentence that says what was wrong, where, and what to do;
    the shell prints it on one line and the app shows it as it is.
    """

    @property
    def reason(self) -> str:
        """What was wrong, as it stands among other reasons: without the full stop."""
        return str(self).removesuffix(".")


class TooLargeError(CaeError):
    """What would be written is more than can be read again."""


class DamagedFileError(CaeError):
    """A file, or what is kept in one, that does not hold what it should.

    Attributes:
        damage: what is wrong with it, without its name and what to do.
    """

    def __init__(
        self, path: Path | str, reason: str, advice: str = "restore it from a copy"
    ) -> None:
        super().__init__(f"{path} is damaged: {reason}; {advice}.")
        self.damage = reason


class UnusableError(Exception):
    """One thing among many that cannot be used: a file, a row, a step of a history.

    No user sees it, for it does not say where. Whoever knows that makes a row of the problems of
    it, or a `CaeError`.

    Attributes:
        reason: why, as a phrase such as ``it is cut off``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
