from dataclasses import replace

import numpy as np
import pytest
import torch
from filelock import FileLock

from cae.errors import CaeError
from cae.evaluation.baselines.trained import FOLDER, autoencoder, supervised
from cae.methods.autoencoder import AutoencoderSettings
from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model
from cae.model_files import WEIGHTS
from cae.sources.choices import Choices
from cae.storage import write_array
from cae.study.roles import change_roles
from cae.study.study import Study
from cae.training.checkpoint import CHECKPOINT
from tests.conftest import digits_imageset

SHARED = {
    "preset": "digits",
    "latent": 8,
    "width": 4,
    "epochs": 4,
    "batch": 32,
    "learning_rate": 5e-3,
}
SETTINGS = ContrastiveSettings(**SHARED)
PLAIN = AutoencoderSettings(**SHARED)


def build(path, settings=SETTINGS):
    study = Study.create(path, digits_imageset(240), source="digits", seed=0)
    with study.step("train", settings.to_dict()) as files:
        Model.for_images(study.images, settings).save(files.folder / "model")
        for name in ("model.safetensors", "model.json"):
            files.add(f"model/{name}")
    return study


@pytest.fixture
def study(tmp_path):
    return build(tmp_path / "digits")


def refuse(*arguments, **named):
    raise AssertionError("trained again")


def interrupt_after(epochs):
    def progress(done, total, message=""):
        if message.startswith(f"epoch {epochs + 1} "):
            raise KeyboardInterrupt

    return progress


def test_the_autoencoder_is_the_studys_but_for_the_method(study):
    figures = autoencoder(study)
    model = Model.load(study.path / FOLDER / "autoencoder")
    assert model.settings == PLAIN
    assert figures["psnr_db"] > 8
    assert 0.1 < figures["knn_accuracy"] <= 1


@pytest.mark.slow
def test_a_classifier_learns_the_labels(tmp_path):
    study = build(tmp_path / "digits", replace(SETTINGS, epochs=20))
    figures = supervised(study)
    assert figures["classifier_accuracy"] > 0.5
    assert figures["linear_probe_accuracy"] > 0.5
    assert "psnr_db" not in figures
    model = Model.load(study.path / FOLDER / "supervised")
    assert model.head_outputs(np.zeros((3, 8))).shape == (3, 10)


@pytest.mark.parametrize("baseline", [autoencoder, supervised])
def test_a_second_call_trains_nothing(study, baseline, monkeypatch):
    figures = baseline(study)
    monkeypatch.setattr("cae.training.loop.fit", refuse)
    assert baseline(study) == figures


@pytest.mark.parametrize("baseline", [autoencoder, supervised])
def test_one_that_was_cut_off_goes_on(study, tmp_path, baseline):
    whole = build(tmp_path / "whole")
    expected = baseline(whole)
    with pytest.raises(KeyboardInterrupt):
        baseline(study, interrupt_after(1))
    folder = study.path / FOLDER / baseline.__name__
    assert (folder / CHECKPOINT).exists()
    seen = []
    assert baseline(study, lambda *told: seen.append(told[2])) == expected
    assert seen[0].startswith("epoch 2 ")
    assert not (folder / CHECKPOINT).exists()


@pytest.mark.parametrize("baseline", [autoencoder, supervised])
def test_damaged_weights_are_trained_anew(study, baseline):
    figures = baseline(study)
    weights = study.path / FOLDER / baseline.__name__ / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:100])
    assert baseline(study) == figures


@pytest.mark.parametrize("baseline", [autoencoder, supervised])
def test_test_images_are_not_learnt_from(study, tmp_path, baseline):
    other = build(tmp_path / "other")
    images = np.array(other.images)
    images[other.rows("test")] = 255 - images[other.rows("test")]
    write_array(other.path / "images.npy", images)
    other = Study.open(other.path)
    other.samples.loc[other.rows("test"), "label"] = "3"
    for one in (study, other):
        baseline(one)
    weights = [
        (one.path / FOLDER / baseline.__name__ / WEIGHTS).read_bytes() for one in (study, other)
    ]
    assert weights[0] == weights[1]


def test_a_plain_autoencoder_is_its_own_baseline(tmp_path):
    study = build(tmp_path / "plain", PLAIN)
    assert autoencoder(study)["psnr_db"] > 5
    assert not (study.path / FOLDER).exists()


def test_without_labels_only_images_are_compared(study):
    study.samples["label"] = None
    assert set(autoencoder(study)) == {"psnr_db"}
    assert supervised(study) == {}
    assert not (study.path / FOLDER / "supervised").exists()


def test_nothing_is_trained_while_another_process_works_on_the_study(study):
    with (
        FileLock(study.path / ".lock"),
        pytest.raises(CaeError, match="Another process is working on the study"),
    ):
        autoencoder(study)
    assert not (study.path / FOLDER).exists()


def test_other_splits_and_labels_are_learnt_anew(tmp_path):
    study = build(tmp_path / "digits", replace(SETTINGS, epochs=1))
    before = supervised(study)
    weights = Model.load(study.path / FOLDER / "supervised").module.state_dict()
    change_roles(study, Choices(split="none"))
    again = supervised(study)
    fresh = build(tmp_path / "fresh", replace(SETTINGS, epochs=1))
    change_roles(fresh, Choices(split="none"))
    assert again == supervised(fresh) != before
    after = Model.load(study.path / FOLDER / "supervised").module.state_dict()
    assert any(not torch.equal(after[name], weights[name]) for name in weights)

    change_roles(study, Choices(label="site"))
    supervised(study)
    assert Model.load(study.path / FOLDER / "supervised").settings.classes == 2


@pytest.mark.parametrize("baseline", [autoencoder, supervised])
def test_images_that_the_model_did_not_learn_from_teach_no_baseline(study, monkeypatch, baseline):
    monkeypatch.setattr(
        Study,
        "appended",
        [{"first_row": 150, "appended": "2999-01-01T00:00:00+00:00"}],
    )
    taught = []

    def noting(images, train, val, *others):
        taught.extend([*train, *val])
        raise KeyboardInterrupt

    monkeypatch.setattr("cae.training.loop.fit", noting)
    with pytest.raises(KeyboardInterrupt):
        baseline(study)
    assert 100 < len(taught) <= 150
    assert max(taught) < 150
