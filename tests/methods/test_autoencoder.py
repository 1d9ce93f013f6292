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
