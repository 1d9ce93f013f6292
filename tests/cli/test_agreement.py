"""Two studies of the same images are compared from a shell."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cae.evaluation.two_studies import measured_agreement
from cae.storage import write_array
from cae.study.study import Study
from tests.cli.conftest import Cae
from tests.conftest import digits_imageset


@pytest.fixture
def second(digits_study: Study) -> Study:
    """The same images with fewer principal components."""
    study = Study.open(shutil.copytree(digits_study.path, digits_study.path.with_name("fewer")))
    with study.step("encode", {"latent": 4}) as files:
        write_array(files.add("latents.npy"), np.asarray(study.latents)[:, :4])
    return Study.open(study.path)


def test_figures_are_printed_and_kept_with_the_first(
    cae: Cae, digits_study: Study, second: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cae("agreement", digits_study.path, second.path) == 0
    said = capsys.readouterr().out
    assert "digits (360 images) against fewer (360 images): 360 in both" in said
    assert "neither intervals nor tests are given" in said
    found = measured_agreement(digits_study, second)
    assert found is not None
    assert f"{found.arrangement.overlap.value:.2f}" in said
    assert f"linear CKA               {found.arrangement.cka:.3f}" in said
    for column in found.columns:
        assert f"{column.column:<24} kNN " in said
    assert "id                       left out: names images" in said

    assert cae("agreement", digits_study.path, second.path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["shared"] == 360
    assert told["arrangement"]["overlap"]["value"] == found.arrangement.overlap.value


def test_studies_of_other_images_are_refused(
    cae: Cae, digits_study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Study.create(tmp_path / "other", digits_imageset(30), source="digits")
    assert cae("agreement", digits_study.path, other.path) == 2
    assert "'encode' has not been run" in capsys.readouterr().err
    assert not (digits_study.path / "agreements").exists()
