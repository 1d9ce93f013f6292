"""Progress on a terminal, or as lines in a log."""

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cae.jobs.reporting import Moment, duration

LINE_SECONDS = 10.0


class Bars:
    """One progress bar per step, with message and time left."""

    def __init__(self, stream: TextIO) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=28),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[detail]}", markup=False),
            console=Console(file=stream),
        )
        self._step = ""
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._complete()
        self._progress.stop()

    def __call__(self, moment: Moment) -> None:
        """Show `moment`."""
        if moment.step != self._step or self._task is None:
            self._complete()
            self._step = moment.step
            self._task = self._progress.add_task(moment.step, total=None, detail="")
        self._progress.update(
            self._task,
            completed=moment.done,
            total=moment.total or None,
            detail=detail(moment),
        )

    def _complete(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, total=1, completed=1, detail="")


class Lines:
    """A line when a step starts, then one every ten seconds at most."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._step = ""
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave everything as it is."""

    def __call__(self, moment: Moment) -> None:
        """Write `moment` unless the last line is younger than ten seconds."""
        now = time.monotonic()
        if moment.step == self._step and now - self._last < LINE_SECONDS:
            return
        self._step, self._last = moment.step, now
        percent = f" {100 * moment.done / moment.total:.0f} %" if moment.total else ""
        self._stream.write(f"{moment.step}{percent} {detail(moment)}".rstrip() + "\n")
        self._stream.flush()


def display(stream: TextIO) -> Bars | Lines:
    """Return bars for a terminal, lines for anything else."""
    return Bars(stream) if stream.isatty() else Lines(stream)


def detail(moment: Moment) -> str:
    """Return what is done and the time left as one phrase."""
    counted = f"{moment.done:,} of {moment.total:,}" if moment.total > 1 else ""
    left = f"{duration(moment.seconds_left)} left" if moment.seconds_left else ""
    return " · ".join(part for part in (moment.message or counted, left) if part)
