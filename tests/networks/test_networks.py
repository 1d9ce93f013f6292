from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from torch.nn import functional

from cae.errors import CaeError
from cae.model_files import network_of
from cae.networks import ARCHITECTURES, NetworkSettings
from cae.networks.projector import Projector
from cae.networks.settings import IMAGE_SIZES


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("image_size", IMAGE_SIZES)
@pytest.mark.parametrize(
    ("architecture", "semantic"), [("paper", 0), ("residual", 0), ("residual", 3)]
)
def test_shapes_ranges_and_gradients_at_every_size(architecture, semantic, image_size, channels):
    settings = NetworkSettings(architecture, image_size, channels, 16, 8, semantic=semantic)
    encoder = ARCHITECTURES[architecture].encoder(settings)
    decoder = ARCHITECTURES[architecture].decoder(settings)
    images = torch.rand(2, channels, image_size, image_size)
    latents = encoder(images)
    decoded = decoder(latents)
    assert latents.shape == (2, 16)
    assert decoded.shape == images.shape
    assert 0 <= float(decoded.min()) <= float(decoded.max()) <= 1
    decoded.mean().backward()
    parameters = [*encoder.parameters(), *decoder.parameters()]
    assert all(parameter.grad is not None for parameter in parameters)


def test_the_residual_latent_tells_where_something_lies():
    torch.manual_seed(0)
    settings = NetworkSettings("residual", 32, latent=16, width=8)
    encoder = ARCHITECTURES["residual"].encoder(settings).eval()
    image = torch.zeros(1, 1, 32, 32)
    image[..., 4:8, 4:8] = 1
    moved = image.roll((16, 16), (2, 3))
    assert not torch.allclose(encoder(image), encoder(moved), atol=1e-3)


def begun(images, semantic=3):
    """A residual encoder and decoder with a latent of 16 numbers, begun with these images."""
    torch.manual_seed(0)
    size, channels = images.shape[-1], images.shape[1]
    settings = NetworkSettings("residual", size, channels, 16, 8, semantic=semantic)
    residual = ARCHITECTURES["residual"]
    encoder, decoder = residual.encoder(settings), residual.decoder(settings)
    residual.begin(encoder, decoder, images)
    return settings, encoder.eval(), decoder.eval()


def test_the_semantic_part_has_unit_length_and_outweighs_the_detail():
    images = torch.rand(64, 1, 28, 28)
    settings, encoder, _ = begun(images)
    latents = encoder(images)
    semantic = ARCHITECTURES["residual"].projector(settings)(latents)
    assert semantic.shape == (64, 3)
    torch.testing.assert_close(semantic.norm(dim=1), torch.ones(64))
    assert float(latents[:, 3:].square().sum(1).mean()) < 0.05


@pytest.mark.parametrize("semantic", [0, 3])
def test_residual_networks_begin_as_principal_components(semantic):
    images = torch.from_numpy(load_digits().images[:300] / 16).float()[:, None]
    images = functional.interpolate(images, size=(32, 32), mode="bilinear")
    _, encoder, decoder = begun(images, semantic)
    pixels = images.flatten(1).numpy()
    pca = PCA(16 - semantic, svd_solver="full").fit(pixels)
    expected = pca.inverse_transform(pca.transform(pixels)).clip(0, 1)
    decoded = decoder(encoder(images)).detach().flatten(1).numpy()
    np.testing.assert_allclose(decoded, expected, atol=2e-3)


@pytest.mark.parametrize("count", [2, 9])
def test_equal_or_few_images_are_a_sound_beginning(count):
    images = torch.rand(1, 1, 28, 28).repeat(count, 1, 1, 1)
    images[: count - 2] = torch.rand(count - 2, 1, 28, 28)
    _, encoder, decoder = begun(images)
    torch.testing.assert_close(decoder(encoder(images)), images, atol=1e-3, rtol=0)
    assert encoder(torch.rand(4, 1, 28, 28)).isfinite().all()


def test_the_projector_follows_the_paper():
    settings = NetworkSettings(latent=10, projection=6)
    projector = Projector(settings)
    linear = [m for m in projector.layers if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == [(10, 20), (20, 20), (20, 6)]


def test_a_semantic_projector_sees_the_semantic_part_alone():
    settings = NetworkSettings("residual-projector", latent=10, projection=6, semantic=3)
    projector = ARCHITECTURES["residual-projector"].projector(settings).eval()
    linear = [m for m in projector.layers if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == [(3, 20), (20, 20), (20, 6)]
    latents = torch.rand(5, 10)
    changed = torch.cat([latents[:, :3], torch.rand(5, 7)], dim=1)
    torch.testing.assert_close(projector(latents), projector(changed))
    assert not torch.allclose(projector(latents), projector(latents.flip(1)))


@pytest.mark.parametrize(
    "values", [{"image_size": 30}, {"channels": 2}, {"latent": 1}, {"width": 0}, {"semantic": 64}]
)
def test_impossible_settings_are_refused_in_a_sentence(values):
    with pytest.raises(CaeError, match=r"\.$"):
        NetworkSettings(**values)


def test_settings_survive_json():
    settings = NetworkSettings("paper", 28, 3, 50)
    assert network_of(NetworkSettings, settings.to_dict(), Path()) == settings
