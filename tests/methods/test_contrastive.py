import pytest
import torch

from cae.losses.ntxent import ntxent
from cae.methods import method_named, new_settings
from cae.methods.contrastive import ContrastiveAutoencoder, ContrastiveSettings
from cae.networks import ARCHITECTURES, NetworkSettings

NO_GROUPS = torch.full((4,), -1)


@pytest.fixture(params=ARCHITECTURES)
def method(request):
    torch.manual_seed(0)
    network = NetworkSettings(request.param, 28, latent=8, width=4, semantic=2)
    return ContrastiveAutoencoder(network, ContrastiveSettings(temperature=0.3)).eval()


def test_contrasts_the_projections_of_views(method):
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    losses = method(images, views, NO_GROUPS)
    projections = torch.stack([method.projector(method.encode(view)) for view in views])
    torch.testing.assert_close(losses["contrastive"], ntxent(projections, 0.3))


def test_reconstructs_as_the_autoencoder_with_the_same_weights_does(method):
    plain = method_named("autoencoder")(
        NetworkSettings(*_shape(method)), new_settings("autoencoder")
    ).eval()
    plain.load_state_dict(method.state_dict(), strict=False)
    images, views = torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28)
    torch.testing.assert_close(
        method(images, views, NO_GROUPS)["reconstruction"],
        plain(images, views[:0], NO_GROUPS)["reconstruction"],
    )


def _shape(method):
    name = next(
        name for name, parts in ARCHITECTURES.items() if isinstance(method.encoder, parts.encoder)
    )
    return name, 28, 1, 8, 4, 64, 2


def test_every_weight_learns(method):
    losses = method.train()(torch.rand(4, 1, 28, 28), torch.rand(2, 4, 1, 28, 28), NO_GROUPS)
    sum(losses.values()).backward()
    assert all(parameter.grad is not None for parameter in method.parameters())
