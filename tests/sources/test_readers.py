import sys

import pytest

from cae.errors import CaeError
from cae.sources.readers import Readers, reader_count

MODULE = """
import os
import threading

from cae.errors import UnusableError
from cae.sources.limited import serve

made = []

def answer(request):
    for number in range(request["count"]):
        made.append(number)
        yield {"number": number, "process": os.getpid()}, bytes([request["count"] % 256])
    if "reason" in request:
        raise UnusableError(request["reason"])
    if "mistake" in request:
        raise KeyError(request["mistake"])

if __name__ == "__main__":
    serve(answer)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "some_reader.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield "some_reader"
    sys.modules.pop("some_reader", None)


@pytest.mark.parametrize("apart", [True, False])
def test_answers_come_in_the_order_of_what_is_asked(module, apart):
    counts = [3, 0, 40, 1, 2, 5] * 4
    with Readers(module, apart=apart) as readers:
        found = [list(answers) for answers in readers.ask({"count": count} for count in counts)]
    numbers = [[header["number"] for header, _ in answers] for answers in found]
    assert numbers == [list(range(count)) for count in counts]
    assert all(content == bytes([40]) for _, content in found[2])


@pytest.mark.parametrize("apart", [True, False])
def test_the_reason_comes_after_the_answers(module, apart):
    with Readers(module, apart=apart) as readers:
        asked = [{"count": 2, "reason": "it breaks off"}, {"count": 1}]
        found = [(len(list(answers)), answers.reason) for answers in readers.ask(asked)]
    assert found == [(2, "it breaks off"), (1, "")]


def test_mistakes_of_the_program_are_raised(module):
    with Readers(module, apart=False) as readers, pytest.raises(KeyError, match="here"):
        for answers in readers.ask([{"count": 1, "mistake": "here"}]):
            list(answers)


def test_only_some_answers_wait(module):
    taken, most = 0, 0
    with Readers(module, apart=False) as readers:
        for answers in readers.ask({"count": 500} for _ in range(40)):
            for _ in answers:
                taken += 1
                most = max(most, len(sys.modules[module].made) - taken)
    assert taken == 40 * 500
    # Of each request that waits as many as a queue holds, and those that go in and come out.
    assert most < 18 * (4 * reader_count() + 2)


def test_who_stops_asking_is_not_waited_for(module):
    with pytest.raises(CaeError, match="enough"), Readers(module) as readers:
        for answers in readers.ask({"count": 10_000} for _ in range(100)):
            for header, _ in answers:
                if header["number"] == 3:
                    raise CaeError("enough")
