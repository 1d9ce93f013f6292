"""Which process something belongs to, also for others to read later, and whether it is alive."""

import hashlib
import os
import platform
import time
from dataclasses import dataclass
from typing import Any

import psutil

# A process is told to have begun at slightly different times.
_TOLERANCE_SECONDS = 1.0


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, told apart from all that have had its number before or have it since.

    Attributes:
        host: the computer that it runs on, as that calls itself.
        pid: its number there.
        born: when it began, seconds since 1970; None where a former version did not note that, and
            the number alone tells.
    """

    host: str
    pid: int
    born: float | None

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        """Return the identity of a process of this computer, by its number.

        One that has ended meanwhile is said to have begun now, as none of its number did.
        """
        try:
            born = psutil.Process(pid).create_time()
        except psutil.Error:
            born = time.time()
        return cls(platform.node(), pid, born)

    @classmethod
    def of_this_process(cls) -> "ProcessIdentity":
        """Return the identity of the process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def from_tag(cls, host: str, pid: str, born: str | None) -> "ProcessIdentity":
        """Return the identity of which the parts of `tag` tell; the last may be missing.

        Of another computer the name stays unknown.
        """
        here = platform.node()
        name = here if host == _digest(here) else host
        return cls(name, int(pid), int(born, 16) / 100 if born else None)

    @property
    def tag(self) -> str:
        """What tells the process in the name of a file: ``host-pid-born`` in a few signs.

        The host is 8 digits of its name's SHA-256, `born` hundredths of seconds, hexadecimal.
        """
        born = "" if self.born is None else f"-{round(self.born * 100):x}"
        return f"{_digest(self.host)}-{self.pid}{born}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether it runs on another computer, so that nobody can tell here how it is."""
        return self.host != platform.node()

    @property
    def process(self) -> psutil.Process | None:
        """The living process; None where it has ended or runs on another computer."""
        if self.is_elsewhere:
            return None
        try:
            found = psutil.Process(self.pid)
            born = found.create_time() if self.born is None else self.born
            is_same = abs(found.create_time() - born) < _TOLERANCE_SECONDS
            return found if is_same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    @property
    def is_alive(self) -> bool:
        """Whether it lives, or may live on another computer."""
        return self.is_elsewhere or self.process is not None

    def as_json(self) -> dict[str, Any]:
        """Return what is noted of it, see `cae.process_note`."""
        return {"host": self.host, "pid": self.pid, "born": self.born}


def _digest(host: str) -> str:
    return hashlib.sha256(host.encode()).hexdigest()[:8]
