import pytest
import torch

from cae.losses.reconstruction import reconstruction_loss
from cae.methods.autoencoder import Autoencoder, AutoencoderSettings
from cae.networks import NetworkSettings


@pytest.fixture
def method():
    torch.manual_seed(0)
    network = NetworkSettings("residual", 28, latent=8, width=4)
    return Autoencoder(network, AutoencoderSettings(reconstruction_weight=7)).eval()


def test_the_loss_is_the_weighted_error_of_clean_images(method):
    images = torch.rand(4, 1, 28, 28)
    losses = method(images, images.new_empty((0, *images.shape)), torch.full((4,), -1))
    expected = 7 * reconstruction_loss(method.decode(method.encode(images)), images)
    assert set(losses) == {"reconstruction"}
    torch.testing.assert_close(losses["reconstruction"], expected)


def test_every_weight_learns(method):
    images = torch.rand(4, 1, 28, 28)
    sum(
        method.train()(images, images.new_empty((0, *images.shape)), torch.full((4,), -1)).values()
    ).backward()
    assert all(parameter.grad is not None for parameter in method.parameters())


@pytest.mark.parametrize("architecture", ["paper", "residual"])
def test_in_the_end_a_step_in_a_latent_is_as_long_as_in_the_image(architecture):
    torch.manual_seed(0)
    network = NetworkSettings(architecture, 28, latent=8, width=4)
    method = Autoencoder(network, AutoencoderSettings(architecture=architecture))
    strengths = torch.linspace(0.02, 0.2, 5).repeat_interleave(8)[:, None, None, None]
    images = (0.5 + strengths * torch.randn(40, 1, 28, 28)).clamp(0, 1)
    method.begin(images)
    method.eval().finish(images)
    latents = method.encode(images).detach()
    changes = method.changes(latents)
    assert changes.max() == pytest.approx(1, abs=0.05)
    assert changes.min() > 0.9 or architecture == "paper"


def test_in_the_end_images_are_decoded_as_before(method):
    images = torch.rand(20, 1, 28, 28)
    method.begin(images)
    before = method.decode(method.encode(images)).detach()
    latents = method.encode(images).detach()
    method.finish(images)
    torch.testing.assert_close(method.decode(method.encode(images)), before, atol=1e-4, rtol=0)
    assert not torch.allclose(method.encode(images), latents)


def test_images_that_are_all_alike_leave_latents_as_they_are(method):
    images = torch.full((4, 1, 28, 28), 0.5)
    before = method.encode(images)
    method.finish(images)
    torch.testing.assert_close(method.encode(images), before)
