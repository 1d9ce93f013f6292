"""Commands in several processes."""

import json
import os
import subprocess
import sys

import pytest

from cae.cli import together as module
from cae.cli.together import run_together
from cae.errors import CaeError
from cae.study.study import Study
from tests.conftest import ROOT, digits_imageset
from tests.together import environment


@pytest.fixture
def second_of_two(monkeypatch):
    for name, value in environment(1, 1).items():
        monkeypatch.setenv(name, value)
    for name in ("join", "leave"):
        monkeypatch.setattr(module, name, lambda: None)


def test_one_process_runs_any_command():
    assert run_together(["info", "somewhere"], lambda arguments: arguments) == ["info", "somewhere"]


def test_several_share_only_what_trains(second_of_two):
    with pytest.raises(CaeError, match="Only build, train, sharpen .* without torchrun"):
        run_together(["info", "somewhere"], pytest.fail)


def test_only_the_first_runs_the_command(second_of_two, monkeypatch):
    joined = []
    monkeypatch.setattr("cae.study.joint.join_in", lambda: joined.append(True))
    assert run_together(["train", "somewhere"], pytest.fail) is None
    assert joined == [True]


@pytest.mark.parametrize(
    ("said", "error"),
    [("[pair.cc:553] Connection closed by peer", CaeError), ("out of memory", RuntimeError)],
)
def test_where_another_process_ends_it_is_told_so(second_of_two, monkeypatch, said, error):
    def fail():
        raise RuntimeError(said)

    monkeypatch.setattr("cae.study.joint.join_in", fail)
    with pytest.raises(error, match="Another process" if error is CaeError else said):
        run_together(["train", "somewhere"], pytest.fail)


@pytest.mark.slow
def test_torchrun_trains_a_study(tmp_path):
    Study.create(tmp_path / "digits", digits_imageset(120), source="digits", seed=0)
    options = ["--epochs", "2", "--width", "4", "--latent", "8", "--teacher-weight", "0"]
    run = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "cae"]
        + ["train", str(tmp_path / "digits"), *options],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    study = Study.open(tmp_path / "digits")
    assert run.stderr.count("The model is in") == 1
    assert "Traceback" not in run.stderr
    history = study.history_file("train").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in history] == [1, 2]
    assert study.newest_model.encode(study.images[:2]).shape == (2, 8)
