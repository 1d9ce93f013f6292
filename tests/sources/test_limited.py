import sys
import time

import pytest

from cae.errors import UnusableError
from cae.sources.limited import LimitedProcess

MODULE = """
import os, time
from cae.errors import CaeError, UnusableError
from cae.sources.limited import serve

def answer(request):
    what = request["what"]
    yield {"got": what}, b"bytes of " + what.encode()
    if what == "hang":
        time.sleep(600)
    if what == "crash":
        os.abort()
    if what == "eat":
        yield {"size": len(bytearray(2 << 30))}, b""
    if what == "damage":
        raise ValueError("half a header")
    if what == "reason":
        raise UnusableError("it is a table")
    if what == "sentence":
        raise CaeError("There is no table; choose another.")
    if what == "print":
        print("noise")
        os.write(1, b"more noise")
    yield {"process": os.getpid()}, b""

serve(answer)
"""


@pytest.fixture
def process(tmp_path, monkeypatch):
    (tmp_path / "strange_reader.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with LimitedProcess("strange_reader", seconds=5, megabytes=1024) as process:
        yield process


def number_of(process):
    return list(process.ask({"what": "good"}))[-1][0]["process"]


def test_answers_come_one_by_one_with_their_bytes(process):
    header, content = next(iter(process.ask({"what": "good"})))
    assert header == {"got": "good"}
    assert content == b"bytes of good"
    assert number_of(process) != number_of(LimitedProcess("strange_reader"))


def test_one_process_answers_many_requests(process):
    assert number_of(process) == number_of(process)
    assert len(list(process.ask({"what": "print"}))) == 2


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("hang", "longer than 5 s"),
        ("crash", "crash"),
        ("eat", "too much memory"),
        ("damage", r"damaged \(half a header\)"),
        ("reason", "^it is a table$"),
        ("sentence", "^There is no table; choose another$"),
    ],
)
def test_what_goes_wrong_is_a_reason_and_the_next_file_is_read(process, what, reason):
    start = time.monotonic()
    answers = []
    with pytest.raises(UnusableError, match=reason):
        for answer in process.ask({"what": what}):
            answers.append(answer)
    assert [header for header, _ in answers] == [{"got": what}]
    assert time.monotonic() - start < 30
    assert number_of(process)


def test_nothing_is_left_running(process):
    import psutil

    running = number_of(process)
    process.__exit__(None, None, None)
    assert not psutil.pid_exists(running)


def test_a_process_that_something_else_ended_is_asked_anew(process):
    import psutil

    running = psutil.Process(number_of(process))
    running.kill()
    psutil.wait_procs([running])
    assert number_of(process) != running.pid


def test_a_file_that_ends_it_every_time_is_given_up(process, tmp_path):
    (tmp_path / "strange_reader.py").write_text(
        MODULE.replace(
            '    yield {"got"',
            f'    open({str(tmp_path / "tries")!r}, "a").write("x")\n'
            '    if what == "die":\n        os.abort()\n    yield {"got"',
        )
    )
    with pytest.raises(UnusableError, match="crash"):
        list(process.ask({"what": "die"}))
    assert (tmp_path / "tries").read_text() == "xx"
    assert number_of(process)
