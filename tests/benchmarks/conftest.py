import pytest

from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _benchmarks_in_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests import benchmarks, which are scripts beside each other."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
