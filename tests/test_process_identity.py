import json
import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from cae.documents import fits
from cae.process_identity import ProcessIdentity
from cae.process_note import ProcessNote, noted_process


@pytest.fixture
def other():
    """Another process of this computer."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def from_tag(tag):
    return ProcessIdentity.from_tag(*tag.split("-"), *([None] if tag.count("-") == 1 else []))


def test_a_process_lives_until_it_ends(other):
    identity = ProcessIdentity.of(other.pid)
    assert identity.is_alive and not identity.is_elsewhere
    assert identity.process == psutil.Process(other.pid)
    other.kill()
    psutil.wait_procs([psutil.Process(other.pid)], timeout=30)
    # Nobody has asked for its end yet, and it can do nothing any more.
    assert not identity.is_alive and identity.process is None
    other.wait()
    assert not identity.is_alive and identity.process is None


def test_another_process_of_the_same_number_is_not_it(other):
    before = replace(ProcessIdentity.of(other.pid), born=1.0)
    assert not before.is_alive and before.process is None
    # As former versions noted it.
    assert replace(before, born=None).is_alive


def test_one_that_ended_before_it_was_noted_is_not_alive():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert not ProcessIdentity.of(ended.pid).is_alive


def test_one_of_another_computer_may_live():
    elsewhere = replace(ProcessIdentity.of_this_process(), host="elsewhere")
    assert elsewhere.is_elsewhere and elsewhere.is_alive and elsewhere.process is None


def test_the_tag_tells_the_process_in_a_few_signs():
    own = ProcessIdentity.of_this_process()
    assert own.pid == os.getpid()
    assert len(own.tag) < 32
    told = from_tag(own.tag)
    assert (told.host, told.pid) == (own.host, own.pid)
    assert told.born == pytest.approx(own.born, abs=0.01)
    assert told.is_alive
    assert not from_tag(replace(own, born=own.born + 2).tag).is_alive
    assert from_tag(replace(own, host="elsewhere").tag).is_elsewhere
    assert from_tag(replace(own, born=None).tag).born is None


@pytest.mark.parametrize("pid", [0, 2**31, 2**53, 10**30])
def test_a_number_that_no_process_can_have_is_not_alive(pid):
    assert not replace(ProcessIdentity.of_this_process(), pid=pid).is_alive


def test_a_note_says_which_process_it_is_of():
    own = ProcessIdentity.of_this_process()
    note = json.loads(json.dumps(own.as_json()))
    assert fits(note, ProcessNote)
    assert noted_process(note) == own
    # As former versions noted jobs.
    del note["host"]
    assert noted_process(note) == own


@pytest.mark.parametrize("note", [{}, {"pid": 7}, {"pid": 7, "born": None}, {"born": 1.0}])
def test_a_note_may_not_say_which(note):
    assert fits(note, ProcessNote)
    assert noted_process(note) is None


@pytest.mark.parametrize("note", [{"pid": "7"}, {"pid": -7}, {"pid": 7, "born": []}, {"host": 1}])
def test_what_is_no_note_does_not_fit(note):
    assert not fits(note, ProcessNote)
