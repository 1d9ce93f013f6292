"""Commands that are asked to stop end as cancelled, whatever libraries make of that."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cae.cli import main
from cae.study.study import Study


@pytest.fixture(autouse=True)
def former_handler() -> Iterator[None]:
    """The handler of SIGTERM, put back."""
    former = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, former)


def run(monkeypatch: pytest.MonkeyPatch, study: Study, status: Path) -> tuple[int, str]:
    arguments = ["cae", "--status", str(status), "map", str(study.path), "--n-neighbors", "5"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as left:
        main.main()
    return left.value.code, json.loads(status.read_text("utf-8"))["state"]


def test_an_interruption_that_a_library_wraps_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, digits_study: Study, tmp_path: Path
) -> None:
    def compiling(*_: Any, **__: Any) -> np.ndarray:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        except KeyboardInterrupt as error:
            raise SystemError("a compiled function failed") from error
        raise AssertionError

    monkeypatch.setattr("cae.latent.project.project", compiling)
    assert run(monkeypatch, digits_study, tmp_path / "status.json") == (130, "cancelled")


def test_a_later_failure_of_its_own_is_one(
    monkeypatch: pytest.MonkeyPatch, digits_study: Study, tmp_path: Path
) -> None:
    def failing(*_: Any, **__: Any) -> np.ndarray:
        raise SystemError("a compiled function failed")

    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("cae.latent.project.project", failing)
    assert run(monkeypatch, digits_study, tmp_path / "status.json") == (1, "failed")
