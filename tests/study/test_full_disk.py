"""On a full disk a sentence is said, nothing is lost, and the same goes on once there is room."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.methods.contrastive import ContrastiveSettings
from cae.storage import write_array, write_json
from cae.study import steps
from cae.study.study import Study

SETTINGS = ContrastiveSettings(
    preset="digits", latent=8, width=4, epochs=2, batch=64, seed=1, teacher_weight=0
)
WEIGHTS = "model/model.safetensors"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=False)
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path, left: int) -> Path:
    """Fill the disk until `left` bytes are free, and return what it is filled with."""
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - left)))
    return ballast


@pytest.mark.parametrize("left", [0, 16 << 10, 400 << 10, 3 << 20])
def test_training_goes_on_after_room_was_made(
    digits_study: Study, small_disk: Path, left: int
) -> None:
    path = shutil.copytree(digits_study.path, small_disk / "digits")
    study = Study.open(path)
    latents = np.array(study.latents)
    ballast = fill(small_disk, left)
    with pytest.raises(CaeError, match="The disk is full: .* make room and run the same again"):
        steps.train(study, SETTINGS)
    opened = Study.open(path)
    assert opened.is_done("train") and opened.model.settings.seed == 0
    np.testing.assert_array_equal(opened.latents, latents)
    assert not [found for found in path.rglob(".*") if found.is_dir()]
    ballast.unlink()
    steps.train(study, SETTINGS)
    steps.train(digits_study, SETTINGS)
    trained = [one.manifest["steps"]["train"]["files"][WEIGHTS] for one in (study, digits_study)]
    assert trained[0] == trained[1]


def test_whatever_is_written_says_that_the_disk_is_full(
    digits_study: Study, small_disk: Path
) -> None:
    path = shutil.copytree(digits_study.path, small_disk / "digits")
    study = Study.open(path)
    fill(small_disk, 0)
    everything = Selection.empty().combine(np.arange(len(study)), "replace", {"kind": "all"})
    full = "full"
    with pytest.raises(CaeError, match=full):
        write_json(path / "a.json", {"a": "b" * 5000})
    with pytest.raises(CaeError, match=full):
        write_array(path / "a.npy", np.zeros(100_000))
    with pytest.raises(CaeError, match=full):
        steps.encode(study)
    with pytest.raises(CaeError, match=full):
        study.cohorts.save("all", everything, note="x" * 100_000)
    assert Study.open(path).verify() == []
