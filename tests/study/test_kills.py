"""A process that is killed at any moment leaves the former study as usable as it was.

``$CAE_KILLS`` says how often; `benchmarks/kills.py` asks for two hundred.
"""

import multiprocessing
import os
import random
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import cae.latent.project
from cae.methods import new_settings
from cae.storage import sha256_file
from cae.study import steps
from cae.study.step import MAP_STEPS
from cae.study.study import Study

KILLS = int(os.environ.get("CAE_KILLS", "2"))
CHANGED = {"preset": "digits", "latent": 8, "width": 4, "epochs": 4, "batch": 64, "seed": 1}
# What takes seconds to import is imported once, not by each process.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "cae.training.loop", "hdbscan"])


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


@pytest.mark.slow
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
