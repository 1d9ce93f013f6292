"""Speed, time left, and who is told."""

import pytest

from cae.jobs.reporting import Moment, Pace, Reporter, duration


def test_pace_is_units_per_second() -> None:
    pace = Pace()
    rates = [pace.rate(10 * second, float(second)) for second in range(8)]
    assert rates[:3] == [None, None, None]
    assert rates[3:] == [10.0] * 5


def test_pace_forgets_what_is_long_ago() -> None:
    pace = Pace()
    for second in range(100):
        pace.rate(second, float(second))
    for second in range(100, 200):
        rate = pace.rate(100 + 5 * (second - 100), float(second))
    assert rate == pytest.approx(5.0)


def test_pace_does_not_count_what_a_resumed_step_had_done_before() -> None:
    pace = Pace()
    rates = [pace.rate(1000 + 2 * second, float(second)) for second in range(6)]
    assert rates[-1] == 2.0


def test_pace_is_unknown_while_nothing_moves() -> None:
    pace = Pace()
    assert [pace.rate(0, float(second)) for second in range(6)] == [None] * 6


def test_pace_starts_anew_when_the_count_does() -> None:
    pace = Pace()
    for second in range(10):
        pace.rate(second * 100, float(second))
    assert pace.rate(1, 10.0) is None


def test_reporter_tells_every_listener_step_and_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr("cae.jobs.reporting.time.monotonic", lambda: float(next(clock)))
    first: list[Moment] = []
    second: list[Moment] = []
    report = Reporter([first.append, second.append])
    report.on_step("train")
    for done in (10, 20, 30, 40):
        report.progress(done, 100, "busy")
    report.on_step("encode")
    assert first == second
    assert first[0] == Moment("train", plan=("train",))
    assert first[-2] == Moment("train", 40, 100, "busy", 10.0, 6.0, ("train",))
    assert first[-1] == Moment("encode", plan=("encode",))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.7, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words
