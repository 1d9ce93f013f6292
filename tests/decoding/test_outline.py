"""Structures learnt from a few masks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cae.decoding.outline import LearntOutlines, learn_outlines, outlined_rows
from cae.errors import CaeError
from cae.local.dice import dice
from cae.local.transfer import TransferSettings
from cae.sources.choices import Choices
from cae.storage import write_json
from cae.study.manifest import MANIFEST
from cae.study.roles import change_roles
from cae.study.study import Study
from tests.conftest import add_local_model, digits_imageset

QUICK = TransferSettings(steps=40, width=8, learning_rate=1e-2)


def with_masks(path: Path, outlined: int) -> Study:
    """Digits, and the strokes of the first few outlined."""
    images = digits_imageset(90)
    masks = np.where(images.images > 128, np.uint8(255), np.uint8(0))
    masks[outlined:] = 0
    return Study.create(path, replace(images, masks=masks, mask_names=("stroke",)), "digits")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return with_masks(tmp_path_factory.mktemp("studies") / "digits", 60)


@pytest.fixture(scope="module")
def learnt(study: Study) -> LearntOutlines:
    return learn_outlines(study, np.array([6, 0, 12, 6]), QUICK)


def test_strokes_are_outlined_where_no_mask_was_seen(study: Study, learnt: LearntOutlines) -> None:
    assert learnt.labelled.tolist() == [0, 6, 12]
    assert (learnt.names, learnt.begins_from) == (("stroke",), "random weights")
    unseen = np.asarray(study.images[60:])
    found = learnt.segmenter.masks(unseen)[..., 0]
    # All of every image would have .4.
    assert dice(found, unseen[..., 0] > 128) > 0.65


def test_it_is_measured_on_other_patients_images_that_have_a_mask(
    study: Study, learnt: LearntOutlines
) -> None:
    patients = study.samples["patient"]
    assert set(patients.iloc[learnt.held_out]) == set(patients) - {"patient 0"}
    assert learnt.held_out.max() < 60
    (agreement,) = learnt.agreement
    assert agreement.images == len(learnt.held_out) == 50
    # Of five patients.
    assert agreement.interval == "too few patients for an interval"
    assert 0 <= agreement.dice <= 1
    found = learnt.segmenter.masks(np.asarray(study.images[learnt.held_out]))
    true = np.asarray(study.masks[learnt.held_out]) > 128
    assert agreement.dice == pytest.approx(dice(found, true))


def test_images_without_a_mask_are_left_out_instead_of_learnt_as_empty(
    study: Study, learnt: LearntOutlines
) -> None:
    found = learn_outlines(study, np.array([0, 6, 12, *range(60, 90)]), QUICK)
    assert found.labelled.tolist() == [0, 6, 12]
    assert (found.unlabelled, learnt.unlabelled) == (30, 0)
    assert found.agreement == learnt.agreement


def test_the_same_seed_learns_the_same(study: Study) -> None:
    images = np.asarray(study.images[:8])
    one, again, other = (
        learn_outlines(study, np.array([0]), replace(QUICK, steps=3, seed=seed)).segmenter
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one.masks(images), again.masks(images))
    assert not np.array_equal(one.masks(images), other.masks(images))


def test_it_begins_with_the_encoder_of_a_local_model(tmp_path: Path) -> None:
    study = with_masks(tmp_path / "digits", 90)
    add_local_model(study)
    settings = replace(QUICK, steps=1, learning_rate=0.0)
    learnt = learn_outlines(study, np.array([0]), settings)
    assert learnt.begins_from == "local model"
    begun = study.local_model.encoder.state_dict()
    for name, weights in learnt.segmenter.network.encoder.named_parameters():
        assert np.array_equal(weights.detach(), begun[name])


@pytest.mark.parametrize(("shape", "is_seen"), [("stroke", True), ("elsewhere/shapes", False)])
def test_masks_that_shaped_the_local_model_are_not_measured_on(
    tmp_path: Path, shape: str, is_seen: bool
) -> None:
    study = with_masks(tmp_path / "digits", 60)
    add_local_model(study)
    study.manifest["steps"]["local"]["parameters"]["shape"] = shape
    write_json(study.path / MANIFEST, study.manifest)
    learnt = learn_outlines(Study.open(study.path), np.array([0, 6, 12]), QUICK)
    shown = np.intersect1d(learnt.held_out, study.rows("train"))
    assert (len(shown) == 0) == is_seen
    assert len(np.intersect1d(learnt.held_out, study.rows("test"))) > 0
    # Once the split has changed nobody knows any more which masks it saw.
    study = Study.open(study.path)
    change_roles(study, Choices(split="none"))
    learnt = learn_outlines(study, np.array([0, 6, 12]), QUICK)
    assert (len(learnt.held_out) == 0) == is_seen


def test_without_masks_there_is_a_sentence(study: Study, digits_study: Study) -> None:
    with pytest.raises(CaeError, match="has no masks to learn from"):
        learn_outlines(digits_study, np.array([0]))
    with pytest.raises(CaeError, match="None of the 2 images to learn from has a mask"):
        learn_outlines(study, np.array([70, 71]))


def test_images_in_which_something_is_outlined(study: Study) -> None:
    rows = outlined_rows(study)
    assert rows.tolist() == [row for row in study.rows("train") if row < 60]


def test_where_no_other_image_has_a_mask_nothing_is_measured(tmp_path: Path) -> None:
    study = with_masks(tmp_path / "digits", 1)
    (agreement,) = learn_outlines(study, np.array([0]), replace(QUICK, steps=1)).agreement
    assert np.isnan(agreement.dice)
    assert agreement.images == 0
