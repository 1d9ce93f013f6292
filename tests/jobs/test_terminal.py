"""Progress on a terminal and in a log."""

import io

import pytest

from cae.jobs.reporting import Moment
from cae.jobs.terminal import Bars, Lines, detail, display


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_lines_come_with_steps_and_then_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("cae.jobs.terminal.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    with display(stream) as shown:
        assert isinstance(shown, Lines)
        for second in range(25):
            now[0] = float(second)
            shown(Moment("train", second, 100, "epoch 1"))
        shown(Moment("encode", 5, 10))
    assert stream.getvalue().splitlines() == [
        "train 0 % epoch 1",
        "train 10 % epoch 1",
        "train 20 % epoch 1",
        "encode 50 % 5 of 10",
    ]


def test_bars_end_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with display(stream) as shown:
        assert isinstance(shown, Bars)
        shown(Moment("train", 20, 100, "epoch 1"))
        shown(Moment("encode"))
    assert "train" in stream.getvalue()
    assert "100 %" in stream.getvalue()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Moment("train"), ""),
        (Moment("train", 3, 9), "3 of 9"),
        (Moment("train", 1234, 5678, "", 2.0, 90.0), "1,234 of 5,678 · 1 min 30 s left"),
        (Moment("train", 3, 9, "300 images/s", 1.0, 6.0), "300 images/s · 6 s left"),
        (Moment("cluster", 0, 1), ""),
    ],
)
def test_detail(moment: Moment, words: str) -> None:
    assert detail(moment) == words
