"""Every method computes the same losses on a GPU as on the processor."""

import pytest
import torch

from cae.local.method import LocalDiscrimination
from cae.local.network import LocalNetworkSettings
from cae.local.settings import LocalSettings
from cae.model import Model
from tests.conftest import image_methods, settings_of

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a GPU that torch can use"
)


@pytest.mark.parametrize("name", image_methods())
def test_losses_are_those_of_the_processor(name: str) -> None:
    torch.manual_seed(0)
    # What lies between images is drawn at random, on each device its own way.
    settings = settings_of(name, width=8, latent=16, clinical=("a",), interpolation_weight=0)
    images, views = torch.rand(32, 1, 28, 28), torch.rand(2, 32, 1, 28, 28)
    groups, features = torch.arange(32) % 4, torch.randn(32, 8)
    shape = torch.zeros(1, 28, 28, 1, dtype=torch.uint8).numpy()
    module = Model.for_images(shape, settings).module.train()
    views = views[: module.views]
    if name == "clinical":
        groups = groups[:, None]
    expected = module(images, views, groups, features)
    module.cuda()
    found = module(images.cuda(), views.cuda(), groups.cuda(), features.cuda())
    assert found.keys() == expected.keys()
    for term, loss in found.items():
        torch.testing.assert_close(loss.cpu(), expected[term], rtol=2e-3, atol=1e-4)


def test_the_local_method_learns_there() -> None:
    # Its views are drawn in the step, on each device its own way, so that losses differ.
    torch.manual_seed(0)
    module = LocalDiscrimination(
        LocalNetworkSettings(width=4, embedding=6, regions=3),
        LocalSettings(grid=4, epochs=4, patch_share=0),
        torch.rand(5, 1, 32, 32).round(),
    ).cuda()
    images, groups = torch.rand(4, 1, 32, 32).cuda(), torch.full((4,), -1).cuda()
    losses = module(images, images[:0], groups)
    torch.stack(list(losses.values())).sum().backward()
    assert all(loss.isfinite() for loss in losses.values())
    assert all(weight.grad is not None for weight in module.parameters())
