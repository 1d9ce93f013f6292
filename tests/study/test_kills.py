"""A process that is killed at any moment leaves the former study as usable as it was.

``$CAE_KILLS`` says how often; `benchmarks/kills.py` asks for two hundred.
"""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cae.storage import sha256_file
from cae.study.step import MAP_STEPS
from cae.study.study import Study

KILLS = int(os.environ.get("CAE_KILLS", "2"))
# Trains anew and runs all that follows. UMAP compiles for half a minute and is left out.
WORKER = """
import sys
from pathlib import Path
import numpy as np
import torch
import cae.latent.project
from cae.methods import new_settings
from cae.study import steps
from cae.study.study import Study
import cae.training.loop

torch.set_num_threads(1)
cae.latent.project.project = lambda latents, **how: np.array(latents[:, :2])
settings = {"preset": "digits", "latent": 8, "width": 4, "epochs": 4, "batch": 64, "seed": 1}
study = Study.open(Path(sys.argv[1]))
print("begun", flush=True)
steps.complete(study, new_settings(**settings))
"""


def begin(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def finish(path: Path) -> list[str]:
    """Run to the end, and return hashes of all that was made."""
    assert begin(path).wait() == 0
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
    process.wait()
    left = Study.open(digits_study.path)
    assert all(left.is_done(step) for step in MAP_STEPS)
    assert {damage.file for damage in left.verify()} <= {""}
    assert len(left.projection) == len(left.clusters) == len(left)
    if np.array_equal(left.latents, latents):
        np.testing.assert_array_equal(left.model.decode(latents[:3]), decoded)
    else:
        assert left.model.settings.seed == 1
    assert finish(digits_study.path) == expected
