from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cae.cli.main import main
from cae.errors import CaeError
from cae.evaluation import measure, measure_marks
from cae.evaluation.finetune import finetune_column
from cae.evaluation.held_out import foreign_words, is_held_out, require_held_out
from cae.evaluation.two_studies import agreement_of
from cae.latent.cluster import hdbscan_clusters
from cae.sources.choices import Choices
from cae.storage import write_array, write_json
from cae.study.append import append
from cae.study.manifest import MANIFEST
from cae.study.roles import change_roles
from cae.study.study import Study
from tests.conftest import MoreDigits


@pytest.fixture
def study(digits_study: Study) -> Study:
    """Its model learnt from images that are test images now."""
    assert is_held_out(digits_study)
    require_held_out(digits_study)
    change_roles(digits_study, Choices(split="none"))
    return digits_study


@pytest.mark.parametrize(
    "measured", [measure, measure_marks, lambda study: finetune_column(study, "label", 0.5, 0)]
)
def test_nothing_is_measured_on_images_that_the_model_saw(
    study: Study, measured: Callable[[Study], Any]
) -> None:
    assert not is_held_out(study)
    with pytest.raises(CaeError, match="'train' is out of date.*cae train"):
        measured(study)


def test_two_studies_are_compared_but_for_columns(study: Study) -> None:
    found = agreement_of(study, study)
    assert found.arrangement.overlap.value == 1
    assert found.columns == ()
    assert found.left_out["site"].endswith("learnt from another split than the present one")


def test_a_pretrained_model_that_may_have_seen_test_images_is_named(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert foreign_words(digits_study) == ""
    entry = digits_study.manifest["steps"]["train"]
    entry["pretrained"] = {"name": "chests", "other_images": True}
    write_json(digits_study.path / MANIFEST, digits_study.manifest)
    study = Study.open(digits_study.path)
    sentence = foreign_words(study)
    assert sentence.startswith("The pretrained model chests was trained on other images")
    assert measure(study)["foreign_model"] == "chests"
    assert agreement_of(study, study).remarks[:2] == (sentence, sentence)
    for asked in (["evaluate"], ["finetune", "--column", "label"]):
        monkeypatch.setattr("sys.argv", ["cae", asked[0], str(study.path), *asked[1:]])
        with pytest.raises(SystemExit):
            main()
        assert sentence in capsys.readouterr().err


def test_a_map_of_former_latents_is_not_measured(digits_study: Study) -> None:
    study = digits_study
    with study.step("encode", {}) as files:
        write_array(files.add("latents.npy"), -np.array(study.latents))
    with pytest.raises(CaeError, match="'project' is out of date.*cae project"):
        measure(study)
    with study.step("project", {"seed": 0}) as files:
        write_array(files.add("projection.npy"), np.array(study.latents[:, :2]))
    assert study.outdated() == ["cluster"]
    expected = int(hdbscan_clusters(np.asarray(study.projection))["cluster"].max()) + 1
    assert measure(study)["hdbscan_clusters"] == expected
    assert agreement_of(study, study).arrangement.clusters == (None, None)


def test_images_that_were_added_since_are_none_that_the_model_learnt_from(
    digits_study: Study,
) -> None:
    before = {split: digits_study.rows(split).tolist() for split in ("train", "val")}
    append(digits_study, MoreDigits(len(digits_study), 60))
    study = Study.open(digits_study.path)
    for split, rows in before.items():
        assert study.learnt_rows(split).tolist() == rows
        assert len(study.rows(split)) > len(rows)
    assert measure(study)["train_images"] == len(before["train"])


def test_another_label_is_no_reason(digits_study: Study) -> None:
    change_roles(digits_study, Choices(label="site"))
    require_held_out(digits_study)
