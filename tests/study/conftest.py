"""What tests of studies share."""

import sys
from types import ModuleType

import pytest


@pytest.fixture(autouse=True)
def _no_script_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the page that another test ran as `__main__`, as each process would run it anew."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
