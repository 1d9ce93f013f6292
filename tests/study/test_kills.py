"""A process that is killed at any moment leaves the former study as usable as it was.

``$CAE_KILLS`` says how often; `benchmarks/kills.py` asks for two hundred of each kind.
"""

import multiprocessing
import os
import random
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import cae.latent.project
from cae.cli.main import main
from cae.cli.options import MISUSE
from cae.methods import new_settings
from cae.storage import sha256_file
from cae.study import steps
from cae.study.step import MAP_STEPS
from cae.study.study import Study
from tests.conftest import digits_imageset

KILLS = int(os.environ.get("CAE_KILLS", "1"))
CHANGED = {
    "preset": "digits",
    "latent": 8,
    "width": 4,
    "epochs": 4,
    "batch": 64,
    "seed": 1,
    "teacher_weight": 0,
}
# What takes seconds to import is imported once, not by each process.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [__name__, "cae.training.loop", "hdbscan", "cae.latent.join", "cae.latent.place", "cae.model"]
)
KNOWN, NEW = 360, 40
ARRAYS = ("images", "latents", "projection")


def train_anew(path: Path, begun: "multiprocessing.Event") -> None:
    """Train with other settings and run all that follows, but UMAP, which compiles for long."""
    torch.set_num_threads(1)
    cae.latent.project.project = lambda latents, **how: np.array(latents[:, :2])
    study = Study.open(path)
    begun.set()
    steps.complete(study, new_settings(**CHANGED))


def begin(path: Path) -> "multiprocessing.Process":
    begun = PROCESSES.Event()
    process = PROCESSES.Process(target=train_anew, args=(path, begun))
    process.start()
    assert begun.wait(120)
    return process


def finish(path: Path) -> list[str]:
    """Run to the end, and return hashes of all that was made."""
    process = begin(path)
    process.join()
    assert process.exitcode == 0
    study = Study.open(path)
    assert study.verify() == []
    return hashes(study)


def hashes(study: Study) -> list[str]:
    return [
        sha256_file(study.file(name)) for step in MAP_STEPS for name in study.in_use(step)["files"]
        # The history says how long an epoch took.
        if not name.endswith("history.jsonl")
    ]  # fmt: skip


@pytest.fixture(scope="module")
def whole(
    digits_study_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[str], float]:
    """Hashes of what is made where nothing is killed, and in how many seconds."""
    path = shutil.copytree(digits_study_base, tmp_path_factory.mktemp("kills") / "whole")
    started = time.perf_counter()
    return finish(path), time.perf_counter() - started


@pytest.mark.parametrize("trial", range(KILLS))
def test_killed_at_random_moments_a_study_stays_usable_and_ends_the_same(
    digits_study: Study, whole: tuple[list[str], float], trial: int
) -> None:
    expected, seconds = whole
    latents = np.array(digits_study.latents)
    decoded = digits_study.model.decode(latents[:3])
    process = begin(digits_study.path)
    time.sleep(random.Random(trial).uniform(0, seconds))
    process.kill()
    process.join()
    left = Study.open(digits_study.path)
    assert all(left.is_done(step) for step in MAP_STEPS)
    assert {damage.file for damage in left.verify()} <= {""}
    assert len(left.projection) == len(left.clusters) == len(left)
    if np.array_equal(left.latents, latents):
        np.testing.assert_array_equal(left.model.decode(latents[:3]), decoded)
    else:
        assert left.model.settings.seed == 1
    assert finish(digits_study.path) == expected


def add(path: Path, source: str) -> None:
    """Be the command that adds images; to be run in a process of its own."""
    torch.set_num_threads(1)
    sys.argv = ["cae", "append", str(path), source]
    main()


def begin_to_add(path: Path, source: str) -> "multiprocessing.Process":
    process = PROCESSES.Process(target=add, args=(path, source))
    process.start()
    return process


def finish_adding(path: Path, source: str) -> int | None:
    process = begin_to_add(path, source)
    process.join()
    return process.exitcode


@pytest.fixture(scope="module")
def new_digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    images = digits_imageset(KNOWN + NEW).images[KNOWN:, ..., 0]
    file = tmp_path_factory.mktemp("new") / "new.npz"
    np.savez(file, train_images=images[:30], test_images=images[30:])
    return f"npz:{file}"


@pytest.fixture(scope="module")
def added(
    digits_study_base: Path, new_digits: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[str], float]:
    """Hashes of what is made where nothing is killed, and in how many seconds."""
    for name in ("first", "whole"):
        path = shutil.copytree(digits_study_base, tmp_path_factory.mktemp("added") / name)
        started = time.perf_counter()
        assert finish_adding(path, new_digits) == 0
        # The first one waits for the imports.
        seconds = time.perf_counter() - started
    return hashes(Study.open(path)), seconds


@pytest.mark.parametrize("trial", range(KILLS))
def test_an_append_killed_at_random_moments_is_done_or_not_and_goes_on(
    digits_study: Study, new_digits: str, added: tuple[list[str], float], trial: int
) -> None:
    (expected, seconds), path = added, digits_study.path
    former = {name: getattr(digits_study, name).tobytes() for name in ARRAYS}
    process = begin_to_add(path, new_digits)
    time.sleep(random.Random(trial).uniform(0, seconds))
    process.kill()
    process.join()
    left = Study.open(path)
    assert (left.verify(), left.outdated()) == ([], [])
    assert len(left) in (KNOWN, KNOWN + NEW)
    assert len(left.samples) == len(left.clusters) == len(left.latents) == len(left)
    for name, values in former.items():
        assert getattr(left, name)[:KNOWN].tobytes() == values, name
    pd.testing.assert_frame_equal(left.samples[:KNOWN], digits_study.samples)
    pd.testing.assert_frame_equal(left.clusters[:KNOWN], digits_study.clusters)
    assert np.isfinite(left.model.decode(left.latents[-3:])).all()
    # Where all was in place already, the same command says that there is nothing to add.
    assert finish_adding(path, new_digits) == (0 if len(left) == KNOWN else MISUSE)
    assert hashes(Study.open(path)) == expected
    assert not [scratch for scratch in path.rglob(".*") if scratch.is_dir()]
