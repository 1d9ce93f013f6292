import json

import numpy as np
import pytest

from cae import checkpoints
from cae.checkpoints import install_brain, pack, restore
from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.study import STEPS, Study


def bare_copy(study, path, images=None):
    images = np.asarray(study.images) if images is None else images
    imageset = ImageSet(images, study.samples, "digits", kind="digits")
    return Study.create(path, imageset, source="digits")


def test_the_same_images_get_everything_back(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed")
    assert not list((tmp_path / "packed").rglob("images.npy"))
    study = bare_copy(digits_study, tmp_path / "bare")
    restore(study, tmp_path / "packed")
    assert all(study.is_current(step) for step in STEPS)
    assert study.verify() == []
    np.testing.assert_array_equal(study.latents, digits_study.latents)
    np.testing.assert_array_equal(study.projection, digits_study.projection)


def test_other_images_get_the_model_alone(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed")
    study = bare_copy(digits_study, tmp_path / "bare", 255 - np.asarray(digits_study.images))
    restore(study, tmp_path / "packed")
    assert [step for step in STEPS if study.is_current(step)] == ["import", "train"]
    images = np.asarray(study.images[:3])
    np.testing.assert_array_equal(study.model.encode(images), digits_study.model.encode(images))


def test_a_damaged_checkpoint_is_refused(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed")
    (tmp_path / "packed" / "latents.npy").write_bytes(b"cut off")
    with pytest.raises(CaeError, match="install CAE Explorer anew"):
        restore(bare_copy(digits_study, tmp_path / "bare"), tmp_path / "packed")


def test_an_unfinished_study_is_not_packed(digits_study, tmp_path):
    study = bare_copy(digits_study, tmp_path / "bare")
    with pytest.raises(CaeError, match="cae train"):
        pack(study, tmp_path / "packed")
    assert not (tmp_path / "packed").exists()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_embedded_brain_opens_without_training(home, monkeypatch):
    monkeypatch.setattr("cae.training.loop.fit", lambda *_: pytest.fail("trained"))
    study = install_brain()
    assert study.path == home / "brain"
    assert all(study.is_current(step) for step in STEPS)
    assert study.verify() == []
    rows = study.rows("test")[:50]
    latents = study.model.encode(np.asarray(study.images[rows]))
    np.testing.assert_allclose(latents, study.latents[rows], atol=1e-3)


def test_an_installation_that_was_cut_off_goes_on(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "restore", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            install_brain()
    manifest = json.loads((home / "brain" / "study.json").read_text())
    assert list(manifest["steps"]) == ["import"]
    assert all(install_brain().is_current(step) for step in STEPS)
