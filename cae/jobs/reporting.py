"""How far a command is: the step, what is done of it, how fast, and the time left."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

WINDOW_SECONDS = 30.0


@dataclass(frozen=True)
class Moment:
    """The state of a step at one moment.

    Attributes:
        step: the step's name.
        done: units finished, of `total`; 0 of 0 while nothing is known.
        total: units there are.
        message: short phrase from the step, may be empty.
        rate: units per second over the last half minute, None while unknown.
        seconds_left: to the end of this step, None while unknown.
        plan: names of all steps of the job, in their order; empty while unknown.
    """

    step: str
    done: int = 0
    total: int = 0
    message: str = ""
    rate: float | None = None
    seconds_left: float | None = None
    plan: tuple[str, ...] = ()


class Listener(Protocol):
    """Something that shows or stores moments."""

    def __call__(self, moment: Moment) -> None:
        """Take note of `moment`."""


class Pace:
    """Speed over a sliding window, so that it follows changes and ignores earlier runs."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def rate(self, done: int, now: float) -> float | None:
        """Return units per second after `done` units at time `now` (seconds).

        The first three looks tell nothing, as a step often begins with work of another kind.
        """
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()
        began, done_then = self._seen[0]
        if len(self._seen) < 4 or now <= began or done <= done_then:
            return None
        return (done - done_then) / (now - began)


class Reporter:
    """Turns the progress of steps into moments and hands them to listeners.

    `on_step` and `progress` are what `cae.study.steps` calls.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)
        self._step = ""
        self._plan: tuple[str, ...] = ()
        self._pace = Pace()

    def plan(self, steps: Sequence[str]) -> None:
        """Say through which steps the job will go; those that need not be run are passed over."""
        self._plan = tuple(steps)

    def on_step(self, step: str) -> None:
        """Start reporting on `step`."""
        self._step = step
        self._pace = Pace()
        self._tell(Moment(step))

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report that `done` of `total` units of the present step are finished."""
        rate = self._pace.rate(done, time.monotonic())
        left = (total - done) / rate if rate else None
        self._tell(Moment(self._step, int(done), int(total), message, rate, left))

    def _tell(self, moment: Moment) -> None:
        moment = replace(moment, plan=self._plan or (moment.step,))
        for listener in self._listeners:
            listener(moment)


def duration(seconds: float) -> str:
    """Return a duration as people say it: ``8 s``, ``3 min 20 s``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
