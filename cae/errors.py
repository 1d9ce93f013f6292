"""The one exception that users see."""

from pathlib import Path


class CaeError(Exception):
    """A problem the user can mend.

    Its text is one sentence that says what was wrong, where, and what to do;
    the shell prints it on one line and the app shows it as it is.
    """


class TooLargeError(CaeError):
    """What would be written is more than can be read again."""


class DamagedFileError(CaeError):
    """A file that does not hold what it should.

    Attributes:
        reason: what is wrong with it, without its name and what to do.
    """

    def __init__(self, path: Path, reason: str, advice: str = "restore it from a copy") -> None:
        super().__init__(f"{path} is damaged: {reason}; {advice}.")
        self.reason = reason
