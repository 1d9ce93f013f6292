"""How long-running functions tell what they have done so far."""

from typing import Protocol


class Progress(Protocol):
    """A callback that receives what is done of a known total.

    ``message`` is a short phrase for people, such as ``"412 images/s"``; it may be empty.
    """

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Take note that `done` of `total` is finished."""


def silent(done: int, total: int, message: str = "") -> None:
    """Ignore progress; the default wherever a function takes a `Progress`."""
