from types import SimpleNamespace

import pytest

from cae.errors import CaeError
from cae.sources import memory


@pytest.fixture(autouse=True)
def one_megabyte_free(monkeypatch):
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(available=10**6))


def test_what_fits_is_let_through():
    memory.require_memory(800_000, "The file")


def test_what_does_not_fit_is_refused_with_both_numbers():
    with pytest.raises(CaeError, match=r"The file needs 5\.0 GB of memory, but only 0\.0 GB"):
        memory.require_memory(5 * 10**9, "The file")
