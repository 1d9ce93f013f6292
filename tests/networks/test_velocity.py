import pytest
import torch

from cae.errors import CaeError
from cae.networks.settings import IMAGE_SIZES
from cae.networks.velocity import VelocityNetwork, VelocitySettings, usual_levels


def inputs(size, channels, count=2, latent=6):
    points, means = torch.randn(2, count, channels, size, size)
    return points, means.sigmoid(), torch.rand(count), torch.randn(count, latent)


@pytest.mark.parametrize("size", IMAGE_SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_velocities_are_of_the_size_of_images(size, channels):
    shape = VelocitySettings(size, channels, latent=6, width=8, levels=usual_levels(size))
    network = VelocityNetwork(shape)
    points, means, time, latents = inputs(size, channels)
    assert network(points, means, time, latents).shape == points.shape


def test_begins_with_no_velocity_at_all():
    network = VelocityNetwork(VelocitySettings(28, 1, latent=6, width=8))
    assert not network(*inputs(28, 1)).any()


def test_time_mean_and_latent_each_matter():
    torch.manual_seed(0)
    network = VelocityNetwork(VelocitySettings(28, 1, latent=6, width=8))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    points, means, time, latents = inputs(28, 1)
    usual = network(points, means, time, latents)
    for changed in (
        (points + 1, means, time, latents),
        (points, 1 - means, time, latents),
        (points, means, 1 - time, latents),
        (points, means, time, latents + 1),
    ):
        assert not torch.allclose(network(*changed), usual)


def test_images_of_a_batch_do_not_see_each_other():
    torch.manual_seed(0)
    network = VelocityNetwork(VelocitySettings(32, 3, latent=6, width=8))
    torch.nn.init.normal_(network.last.weight)
    many = inputs(32, 3, count=3)
    alone = network(*(one[:1] for one in many))
    torch.testing.assert_close(network(*many)[:1], alone, rtol=1e-4, atol=1e-4)


def test_the_largest_maps_of_images_up_to_64_pixels_have_their_size():
    patches = {
        size: VelocitySettings(size, levels=usual_levels(size)).patch for size in IMAGE_SIZES
    }
    assert [patches[size] for size in (28, 32, 64)] == [1, 1, 1]
    assert all(patches[size] > 1 for size in IMAGE_SIZES if size > 64)
    # Those that were trained before know three levels.
    assert VelocitySettings(64).patch == 2
    assert VelocitySettings(64, width=32).widths == [32, 64, 128]
    assert VelocitySettings(64, width=32, levels=4).widths == [16, 32, 64, 128]


@pytest.mark.parametrize(
    "values",
    [
        {"image_size": 30},
        {"channels": 2},
        {"width": 12},
        {"levels": 2},
        {"levels": 5},
        {"image_size": 28, "levels": 4},
    ],
)
def test_what_makes_no_network_is_refused(values):
    with pytest.raises(CaeError):
        VelocitySettings(**values)
