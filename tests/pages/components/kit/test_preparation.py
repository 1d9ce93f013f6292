import threading
from pathlib import Path

import pytest

from cae.errors import CaeError
from pages.components.kit.preparation import Preparation


def test_it_goes_on_beside_and_tells_how_far_it_is():
    told, go_on = threading.Event(), threading.Event()

    def make(progress):
        progress(3, 12, "masks")
        told.set()
        assert go_on.wait(60)
        return Path("masks.zip")

    running = Preparation(make)
    assert told.wait(60)
    assert running.is_alive
    assert (running.share, running.words) == (0.25, "3 of 12 masks")
    go_on.set()
    assert running.result() == Path("masks.zip")
    assert not running.is_alive


def test_cancelled_it_ends_at_the_next_step_without_a_file(tmp_path):
    begun, go_on = threading.Event(), threading.Event()
    seen = []

    def make(progress):
        for done in range(1000):
            progress(done, 1000)
            seen.append(done)
            begun.set()
            assert go_on.wait(60)
        return tmp_path

    running = Preparation(make)
    assert begun.wait(60)
    running.cancel()
    assert running.words == "Stopping…"
    go_on.set()
    assert running.result() is None
    assert len(seen) < 1000


def test_what_went_wrong_is_raised_where_it_is_asked_for():
    def make(progress):
        raise CaeError("The disk is full.")

    with pytest.raises(CaeError, match="disk is full"):
        Preparation(make).result()
