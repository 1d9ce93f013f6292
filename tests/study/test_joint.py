"""Trainings of a study by two processes, of which the first does all else."""

from pathlib import Path

import torch

from cae.ranks.launch import process_number
from cae.study import steps
from cae.study.joint import dismiss, join_in
from cae.study.study import Study
from tests.conftest import build_digits_study, settings_of

QUICK = {"epochs": 1, "width": 4, "latent": 8, "teacher_weight": 0}


def train_and_sharpen(path: Path) -> list[str]:
    if process_number() > 0:
        join_in()
        return []
    study, said = Study.open(path), []
    settings = settings_of("clinical", clinical=("ink", "site"), **QUICK)
    steps.complete(study, settings, on_step=said.append)
    steps.sharpen(study, epochs=1, width=8, progress=lambda *told: said.append("sharpen"))
    dismiss()
    return said


def test_a_second_process_joins_in_all_trainings(together, tmp_path):
    build_digits_study(tmp_path / "digits", 90)
    said, of_second = together(train_and_sharpen, tmp_path / "digits")
    assert said[:4] == ["train", "encode", "project", "cluster"]
    assert said[4:] and of_second == []
    study = Study.open(tmp_path / "digits")
    assert study.parameters("train")["method"] == "clinical"
    assert all(study.is_current(step) for step in ("train", "encode", "sharpen"))
    latents = torch.from_numpy(study.newest_model.encode(study.images[:8]))
    torch.testing.assert_close(latents, torch.from_numpy(study.latents[:8].copy()))
