"""What a job may read beside its study."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cae.access.rights import ALONE, NoRightError, Rights
from cae.access.roles import Role
from cae.study.study import Study
from pages.components.jobs import job_button
from tests.conftest import digits_imageset

ARGUMENTS = ("build", "/s", "--method=local")


def test_only_administrators_name_folders_of_example_masks(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def ask(rights: Rights, shape: str) -> None:
        monkeypatch.setattr(job_button, "own_rights", lambda: rights)
        job_button._demand_folders(digits_study.path, [*ARGUMENTS, f"--shape={shape}"])

    editor, admin = (Rights(role, roots=(tmp_path / "masks",)) for role in (Role.EDIT, Role.ADMIN))
    ask(ALONE, "/anywhere")
    ask(editor, "")
    ask(admin, str(tmp_path / "masks" / "of-us"))
    with pytest.raises(NoRightError, match="Only administrators"):
        ask(editor, str(tmp_path / "masks"))
    with pytest.raises(NoRightError, match="may not be read"):
        ask(admin, str(tmp_path))


def test_a_mask_of_the_study_is_for_everybody_who_may_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = digits_imageset(20)
    masks = np.zeros((*images.images.shape[:3], 1), np.uint8)
    study = Study.create(
        tmp_path / "masked", replace(images, masks=masks, mask_names=("lesion",)), "digits"
    )
    monkeypatch.setattr(job_button, "own_rights", lambda: Rights(Role.EDIT, roots=()))
    job_button._demand_folders(study.path, [*ARGUMENTS, "--shape=lesion"])
    with pytest.raises(NoRightError):
        job_button._demand_folders(study.path, [*ARGUMENTS, "--shape=other"])
