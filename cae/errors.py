"""The one exception that users see."""

from pathlib import Path


class CaeError(Exception):
    """A problem the user can mend.

    Its text is one sentence that says what was wrong, where, and what to do;
    the shell prints it on one line and the app shows it as it is.
    """


class DamagedFileError(CaeError):
    """A file, or what is kept in one, that does not hold what it should.

    Attributes:
        reason: what is wrong with it, without its name and what to do.
    """

    def __init__(
        self, path: Path | str, reason: str, advice: str = "restore it from a copy"
    ) -> None:
        super().__init__(f"{path} is damaged: {reason}; {advice}.")
        self.reason = reason
