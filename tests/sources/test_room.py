from types import SimpleNamespace

import pytest

from cae.errors import CaeError
from cae.sources import room


@pytest.fixture(autouse=True)
def one_megabyte_free(monkeypatch):
    monkeypatch.setattr(room.psutil, "virtual_memory", lambda: SimpleNamespace(available=10**6))
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**6))


def test_what_fits_is_let_through():
    room.require_memory(800_000, "The file")
    room.require_disk(500_000, "The file")


def test_what_does_not_fit_is_refused_with_both_numbers(tmp_path):
    with pytest.raises(CaeError, match=r"The file needs 5\.0 GB of memory, but only 0\.0 GB"):
        room.require_memory(5 * 10**9, "The file")
    with pytest.raises(CaeError, match=rf"needs 10\.0 GB of disk in {tmp_path}, but only 0\.0 GB"):
        room.require_disk(5 * 10**9, "The file", tmp_path)


def test_the_disk_holds_what_is_read_and_what_the_study_keeps():
    with pytest.raises(CaeError, match="of disk"):
        room.require_disk(500_001, "The file")
