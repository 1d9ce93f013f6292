"""What a command does when it is asked to stop, as by *Cancel* in the app."""

import threading
from types import FrameType

_asked = threading.Event()


def stop(number: int, frame: FrameType | None) -> None:
    """Take a signal that asks the command to stop.

    Raises:
        KeyboardInterrupt: always. Libraries that compile may turn it into an error of their own,
            so `is_asked` says whether one is nothing but that.
    """
    _asked.set()
    raise KeyboardInterrupt


def is_asked() -> bool:
    """Whether this process was asked to stop."""
    return _asked.is_set()


def begin() -> None:
    """Forget what a former command of this process was asked."""
    _asked.clear()
