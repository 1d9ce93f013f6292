"""A file that is made beside a session, while its pages go on."""

import threading
from collections.abc import Callable
from pathlib import Path

from cae.jobs.reporting import Moment, Reporter, duration
from cae.progress import Progress


class _CancelledError(Exception):
    """Nobody wants the file any more."""


class Preparation:
    """A thread that makes one file; it ends with the app at the latest."""

    def __init__(self, make: Callable[[Progress], Path]) -> None:
        """Begin at once; `make` gets a progress, through which it is cancelled too."""
        self._moment = Moment("export")
        self._file: Path | None = None
        self._error: Exception | None = None
        self._is_cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(make,), daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it is still being made."""
        return self._thread.is_alive()

    @property
    def share(self) -> float:
        """How much of it is made, 0–1."""
        moment = self._moment
        return min(1.0, moment.done / moment.total) if moment.total else 0.0

    @property
    def words(self) -> str:
        """How far it is, such as "64 of 674 masks · about 20 s left"."""
        if self._is_cancelled.is_set():
            return "Stopping…"
        moment = self._moment
        if not moment.total:
            return "Preparing…"
        left = f" · about {duration(moment.seconds_left)} left" if moment.seconds_left else ""
        return f"{moment.done:,} of {moment.total:,} {moment.message}{left}"

    def cancel(self) -> None:
        """Ask it to stop; nothing half-made stays."""
        self._is_cancelled.set()

    def result(self) -> Path | None:
        """Wait for the end and return the file, None where it was cancelled.

        Raises:
            Exception: whatever went wrong while it was made.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._file

    def _run(self, make: Callable[[Progress], Path]) -> None:
        report = Reporter([self._take])
        report.on_step("export")

        def progress(done: int, total: int, message: str = "") -> None:
            if self._is_cancelled.is_set():
                raise _CancelledError
            report.progress(done, total, message)

        try:
            self._file = make(progress)
        except _CancelledError:
            return
        except Exception as error:
            self._error = error

    def _take(self, moment: Moment) -> None:
        self._moment = moment
