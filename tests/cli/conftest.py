"""The console command in this process, and maps without UMAP, which is slow to compile."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cae.cli import main

Cae = Callable[..., int]


@pytest.fixture
def cae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cae:
    """Runs the command in this process and returns its exit code."""
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["cae", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main.main()
        return left.value.code

    return run


@pytest.fixture
def quick_map(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_axes(latents: np.ndarray, **parameters: object) -> np.ndarray:
        return latents[:, :2].astype(np.float32)

    monkeypatch.setattr("cae.latent.project.project", first_axes)
