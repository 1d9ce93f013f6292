import json

import numpy as np
import pytest

from cae.errors import CaeError
from cae.methods import new_settings
from cae.methods.contrastive import ContrastiveSettings
from cae.model import Model
from cae.model_files import DESCRIPTION, WEIGHTS
from tests.conftest import image_methods, settings_of


def pictures(count=5, size=28, channels=1):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, size, size, channels), dtype=np.uint8)


@pytest.fixture
def model():
    return Model.for_images(pictures(), ContrastiveSettings(latent=8, width=4))


@pytest.mark.parametrize("method", image_methods())
@pytest.mark.parametrize("channels", [1, 3])
def test_arrays_in_arrays_out(method, channels):
    images = pictures(channels=channels)
    model = Model.for_images(images, settings_of(method, clinical=("age",), latent=8, width=4))
    latents = model.encode(images)
    assert latents.dtype == np.float32
    assert latents.shape == (5, 8)
    decoded = model.decode(latents)
    assert decoded.dtype == np.uint8
    assert decoded.shape == images.shape


def test_a_latent_does_not_depend_on_the_company_it_is_encoded_in(model):
    images = pictures(600)
    alone = model.encode(images[599:])
    np.testing.assert_allclose(model.encode(images)[599:], alone, atol=1e-5)


def test_nothing_in_nothing_out(model):
    assert model.encode(pictures(0)).shape == (0, 8)
    assert model.decode(np.empty((0, 8), np.float32)).shape == (0, 28, 28, 1)


def test_projects_to_what_the_loss_compares(model):
    latents = model.encode(pictures())
    np.testing.assert_array_equal(model.head_outputs(latents), latents[:, :4])
    paper = Model.for_images(
        pictures(), ContrastiveSettings(architecture="paper", latent=8, width=4)
    )
    assert paper.head_outputs(latents).shape == (5, paper.network.projection)
    np.testing.assert_allclose(
        paper.head_outputs(latents)[2:3], paper.head_outputs(latents[2:3]), atol=1e-5
    )
    plain = Model.for_images(pictures(), new_settings("autoencoder", latent=8, width=4))
    assert plain.head_outputs(latents) is None
    with pytest.raises(CaeError, match="8 dimensions"):
        model.head_outputs(np.zeros((2, 9), np.float32))


def test_survives_saving(model, tmp_path):
    model.save(tmp_path)
    loaded = Model.load(tmp_path)
    images = pictures()
    np.testing.assert_array_equal(loaded.encode(images), model.encode(images))
    assert loaded.settings == model.settings
    assert loaded.network == model.network


def test_refuses_other_images_and_latents(model):
    with pytest.raises(CaeError, match="28"):
        model.encode(pictures(size=32))
    with pytest.raises(CaeError, match="8 dimensions"):
        model.decode(np.zeros((2, 9), np.float32))
    with pytest.raises(CaeError, match="squares"):
        Model.for_images(np.zeros((2, 28, 32, 1), np.uint8), ContrastiveSettings())


def test_unknown_names_list_the_known():
    with pytest.raises(CaeError, match="no architecture 'magic'; choose one of paper, residual"):
        Model.for_images(pictures(), ContrastiveSettings(architecture="magic"))
    with pytest.raises(CaeError, match="no method 'magic'; choose one of autoencoder"):
        new_settings("magic")


def test_damage_is_told_in_a_sentence(model, tmp_path):
    with pytest.raises(CaeError, match="does not exist"):
        Model.load(tmp_path)
    model.save(tmp_path)
    weights = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(weights[: len(weights) // 2])
    with pytest.raises(CaeError, match="damaged"):
        Model.load(tmp_path)
    description = json.loads((tmp_path / DESCRIPTION).read_text())
    (tmp_path / DESCRIPTION).write_text(json.dumps({**description, "format": 99}))
    with pytest.raises(CaeError, match="update"):
        Model.load(tmp_path)
