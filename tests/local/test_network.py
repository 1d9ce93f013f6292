from pathlib import Path

import pytest
import torch

from cae.errors import CaeError
from cae.local.network import LocalNetwork, LocalNetworkSettings, ShapeDiscriminator
from cae.model_files import network_of

SMALL = LocalNetworkSettings(channels=1, width=4, embedding=6, regions=3)


@pytest.mark.parametrize("size", [(28, 28), (64, 64), (33, 50), (7, 16)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_gets_a_unit_embedding_and_shares_of_one(size, channels):
    settings = LocalNetworkSettings(channels, width=4, embedding=6, regions=3)
    found = LocalNetwork(settings).eval()(torch.rand(2, channels, *size))
    assert found.embeddings.shape == (2, 6, *size)
    assert found.maps.shape == (2, 3, *size)
    torch.testing.assert_close(found.embeddings.norm(dim=1), torch.ones(2, *size))
    torch.testing.assert_close(found.maps.sum(1), torch.ones(2, *size))
    assert float(found.maps.detach().min()) >= 0


def test_an_image_is_told_alike_alone_and_in_a_batch():
    network, images = LocalNetwork(SMALL).eval(), torch.rand(3, 1, 32, 32)
    together, alone = network(images), network(images[1:2])
    torch.testing.assert_close(together.maps[1:2], alone.maps, atol=1e-5, rtol=1e-4)


def test_heads_do_not_see_each_other():
    network = LocalNetwork(SMALL)
    network(torch.rand(2, 1, 32, 32)).embeddings.sum().backward()
    assert network.region.weight.grad is None
    assert network.embedding.weight.grad is not None


def test_the_discriminator_scores_patches_of_masks():
    assert ShapeDiscriminator(4)(torch.rand(2, 1, 64, 64)).shape == (2, 1, 8, 8)


@pytest.mark.parametrize("changes", [{"channels": 2}, {"regions": 1}, {"width": 1}])
def test_unsuitable_settings_are_refused(changes):
    with pytest.raises(CaeError):
        LocalNetworkSettings(**changes)


def test_settings_survive_being_written_down():
    assert network_of(LocalNetworkSettings, SMALL.to_dict(), Path()) == SMALL
