import json

import numpy as np
import pytest

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.storage import sha256_file
from cae.study import pretrained, steps
from cae.study.pretrained import (
    CARD,
    install_brain,
    list_pretrained,
    local_pretrained_for,
    pack,
    pretrained_for,
    restore,
    use_pretrained,
    use_pretrained_sharp,
)
from cae.study.step import LOCAL_STEPS, MAP_STEPS
from cae.study.study import Study


def bare_copy(study, path, images=None):
    images = np.asarray(study.images) if images is None else images
    imageset = ImageSet(images, study.samples, "digits", kind="digits")
    return Study.create(path, imageset, source="digits")


def test_the_same_images_get_everything_back(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed", "Digits", "Scikit-learn has them.")
    assert not list((tmp_path / "packed").rglob("images.npy"))
    assert str(tmp_path) not in (tmp_path / "packed" / "study.json").read_text()
    study = bare_copy(digits_study, tmp_path / "bare")
    restore(study, tmp_path / "packed")
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.verify() == []
    np.testing.assert_array_equal(study.latents, digits_study.latents)
    np.testing.assert_array_equal(study.projection, digits_study.projection)
    assert study.foreign_model is None


def test_other_images_get_the_model_alone(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed", "Digits", "Scikit-learn has them.")
    study = bare_copy(digits_study, tmp_path / "bare", 255 - np.asarray(digits_study.images))
    restore(study, tmp_path / "packed")
    assert [step for step in MAP_STEPS if study.is_current(step)] == ["import", "train"]
    images = np.asarray(study.images[:3])
    np.testing.assert_array_equal(study.model.encode(images), digits_study.model.encode(images))


def test_another_split_gets_the_model_alone_and_remembers_it(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed", "Digits", "Scikit-learn has them.")
    table = digits_study.samples.copy()
    table["split"] = table["split"].to_numpy()[::-1]
    imageset = ImageSet(np.asarray(digits_study.images), table, "digits", kind="digits")
    study = Study.create(tmp_path / "other", imageset, source="digits")
    restore(study, tmp_path / "packed")
    assert [step for step in MAP_STEPS if study.is_current(step)] == ["import", "train"]
    assert Study.open(study.path).foreign_model == "packed"


def test_a_model_that_was_taken_over_in_part_is_taken_over_again(
    digits_study, tmp_path, monkeypatch
):
    pack(digits_study, tmp_path / "packed", "Digits", "Scikit-learn has them.", ["train"])
    study = bare_copy(digits_study, tmp_path / "bare")
    with monkeypatch.context() as patch:
        patch.setattr(
            "cae.study.folder.atomic_path", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            restore(study, tmp_path / "packed")
    assert not Study.open(study.path).is_done("train")
    restore(study, tmp_path / "packed")
    assert study.is_current("train")


def test_a_damaged_pretrained_model_is_refused(digits_study, tmp_path):
    pack(digits_study, tmp_path / "packed", "Digits", "Scikit-learn has them.")
    (tmp_path / "packed" / "latents.npy").write_bytes(b"cut off")
    with pytest.raises(CaeError, match="install CAE Explorer anew"):
        restore(bare_copy(digits_study, tmp_path / "bare"), tmp_path / "packed")


@pytest.fixture
def shelf(digits_study, tmp_path, monkeypatch):
    """Assets that hold one pretrained model and its sharp decoder, without latents."""
    steps.sharpen(digits_study, epochs=1, width=8)
    packed = tmp_path / "shelf" / "digits"
    pack(digits_study, packed, "Digits", "Scikit-learn has them.", ["train", "sharpen"])
    (tmp_path / "shelf" / "digits" / CARD).write_text("# Digits\n")
    monkeypatch.setattr(pretrained, "ASSETS", tmp_path / "shelf")


def test_a_pretrained_model_says_what_it_takes(shelf, digits_study):
    [found] = list_pretrained()
    assert (found.name, found.title) == ("digits", "Digits")
    assert found.shape == digits_study.images.shape[1:]
    assert found.images == "Scikit-learn has them."
    assert found.card == "# Digits\n"
    assert pretrained_for(digits_study) == [found]


def test_a_pretrained_model_takes_the_place_of_a_training(shelf, digits_study, tmp_path):
    study = bare_copy(digits_study, tmp_path / "bare")
    use_pretrained(study, "digits")
    assert [step for step in MAP_STEPS if study.is_current(step)] == ["import", "train"]
    assert study.verify() == []
    images = np.asarray(study.images[:3])
    np.testing.assert_array_equal(study.model.encode(images), digits_study.model.encode(images))


def test_a_sharp_decoder_comes_once_the_latents_are_there(shelf, digits_study, tmp_path):
    study = bare_copy(digits_study, tmp_path / "bare", 255 - np.asarray(digits_study.images))
    use_pretrained(study, "digits")
    assert not study.is_sharpened
    steps.encode(study)
    use_pretrained_sharp(study, "digits")
    assert study.is_sharpened
    assert study.is_current("sharpen")
    assert study.verify() == []
    adopted = (study.path / "study.json").read_text()
    use_pretrained_sharp(study, "digits")
    assert (study.path / "study.json").read_text() == adopted


def test_a_sharp_decoder_lies_beside_latents_that_are_packed(digits_study, tmp_path):
    steps.sharpen(digits_study, epochs=1, width=8)
    kept = [*MAP_STEPS[1:], "sharpen"]
    pack(digits_study, tmp_path / "packed", "Digits", "Scikit-learn has them.", kept)
    study = bare_copy(digits_study, tmp_path / "bare")
    restore(study, tmp_path / "packed")
    assert all(study.is_current(step) for step in (*MAP_STEPS, "sharpen"))
    assert study.verify() == []


def test_a_study_remembers_whose_model_it_took(shelf, digits_study, tmp_path):
    study = bare_copy(digits_study, tmp_path / "bare", 255 - np.asarray(digits_study.images))
    use_pretrained(study, "digits")
    assert study.foreign_model == "digits"
    file = study.path / "study.json"
    file.write_text(file.read_text().replace('"pretrained":', '"checkpoint":'))
    assert Study.open(study.path).foreign_model == "digits"


def test_a_pretrained_model_for_other_images_is_refused(shelf, digits_study, tmp_path):
    small = np.asarray(digits_study.images)[:, ::2, ::2]
    study = bare_copy(digits_study, tmp_path / "bare", small)
    assert pretrained_for(study) == []
    with pytest.raises(CaeError, match=r"28×28 px, grey.*14×14 px"):
        use_pretrained(study, "digits")
    with pytest.raises(CaeError, match="choose one of digits"):
        use_pretrained(study, "letters")


def test_all_pretrained_models_that_come_with_the_program_are_whole():
    found = list_pretrained()
    assert {"brain", "mednist", "pneumoniamnist"} <= {one.name for one in found}
    for one in found:
        assert "licence" in one.card
        assert one.images.endswith(".")
        entries = json.loads((one.folder / "study.json").read_text())["steps"]
        for name, entry in entries["train"]["files"].items():
            assert sha256_file(one.folder / name) == entry["sha256"]


def test_an_unfinished_study_is_not_packed(digits_study, tmp_path):
    study = bare_copy(digits_study, tmp_path / "bare")
    with pytest.raises(CaeError, match="cae train"):
        pack(study, tmp_path / "packed", "Digits", "Nowhere.")
    assert not (tmp_path / "packed").exists()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_embedded_brain_opens_without_training(home, monkeypatch):
    monkeypatch.setattr("cae.training.loop.fit", lambda *_: pytest.fail("trained"))
    study = install_brain()
    assert study.path == home / "brain"
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.verify() == []
    rows = study.rows("test")[:50]
    latents = study.model.encode(np.asarray(study.images[rows]))
    np.testing.assert_allclose(latents, study.latents[rows], atol=1e-3)


def test_an_installation_that_was_cut_off_goes_on(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pretrained, "restore", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            install_brain()
    manifest = json.loads((home / "brain" / "study.json").read_text())
    assert list(manifest["steps"]) == ["import"]
    assert all(install_brain().is_current(step) for step in MAP_STEPS)


def test_a_local_model_is_offered_to_the_images_it_was_trained_on(
    local_study, tmp_path, monkeypatch
):
    monkeypatch.setattr(pretrained, "_LOCAL", tmp_path / "local")
    pack(local_study, tmp_path / "local" / "digits", "Digits", "Scikit-learn.", LOCAL_STEPS)
    other = bare_copy(local_study, tmp_path / "other", 255 - np.asarray(local_study.images))
    assert local_pretrained_for(other) is None
    study = bare_copy(local_study, tmp_path / "bare")
    restore(study, local_pretrained_for(study))
    assert all(study.is_current(step) for step in LOCAL_STEPS)
    assert not study.is_done("train")
    assert study.areas.equals(local_study.areas)
    images = np.asarray(study.images[:2])
    np.testing.assert_array_equal(
        study.local_model.pixels(images).regions, local_study.local_model.pixels(images).regions
    )
