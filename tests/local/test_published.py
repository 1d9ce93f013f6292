import numpy as np
import pytest
import torch

from cae.local.model import LocalModel
from cae.local.network import FullSizeNetwork, LocalNetworkSettings
from cae.local.published import PublishedLocalDiscrimination
from cae.local.settings import PublishedSettings
from cae.losses.patch_discrimination import patch_discrimination
from tests.local.test_method import NETWORK, step


def method(shapes=None, **changes):
    torch.manual_seed(0)
    settings = PublishedSettings(grid=4, epochs=4, **changes)
    return PublishedLocalDiscrimination(NETWORK, settings, shapes)


def test_the_terms_are_those_of_the_paper_and_no_others():
    module = method(patch_share=0.25)
    assert set(step(module)) == {"patch", "mixup"}
    module.begin_stage(1, np.zeros((5, 6)), np.zeros((2, 6)), seed=0)
    assert set(step(module)) == {"patch", "mixup", "region", "entropy"}


def test_the_weights_are_those_of_the_paper():
    settings = PublishedSettings()
    weights = settings.mixup_weight, settings.region_weight, settings.entropy_weight
    assert weights == (1, 10, 0.1)
    assert (settings.regions, settings.batch, settings.patch_share) == (16, 4, 0.2)
    assert (settings.temperature, settings.region_temperature, settings.grid) == (0.1, 0.2, 8)


def test_patches_of_either_view_are_once_the_anchors():
    first, second = torch.rand(12, 6), torch.rand(12, 6)
    module = method()
    loss = module.patch_loss(first, second)
    there, back = (patch_discrimination(*pair) for pair in ((first, second), (second, first)))
    torch.testing.assert_close(loss, (there + back) / 2)
    torch.testing.assert_close(loss, module.patch_loss(second, first))
    assert not torch.isclose(loss, there)


@pytest.mark.parametrize("side", [28, 33])
def test_embeddings_are_of_full_size_whatever_the_size(side):
    images = torch.rand(2, 1, side, side)
    network = FullSizeNetwork(NETWORK).eval()
    embeddings, decoded = network.embedded(images)
    assert embeddings.shape == (2, 6, side, side)
    found = network(images)
    torch.testing.assert_close(found.embeddings, embeddings)
    torch.testing.assert_close(found.maps, network.divided(decoded)[..., :side, :side])
    assert all(torch.isfinite(loss) for loss in step(method(patch_share=0.0), side=side).values())


def test_regions_begin_at_random_and_undecided():
    maps = FullSizeNetwork(LocalNetworkSettings()).eval()(torch.rand(2, 1, 32, 32)).maps
    assert not torch.allclose(maps[:, 0], maps[:, 1])
    assert float(maps.max()) < 0.3


def test_every_weight_learns_also_with_examples_of_a_shape():
    module = method(torch.rand(5, 1, 32, 32).round(), patch_share=0.0)
    sum(step(module).values()).backward()
    assert all(weight.grad is not None for weight in module.parameters())


def test_a_model_is_read_as_it_was_written(tmp_path):
    torch.manual_seed(0)
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 1), np.uint8)
    settings = PublishedSettings(width=4, embedding=6, regions=3, grid=4)
    model = LocalModel.for_images(images, settings)
    model.save(tmp_path)
    read = LocalModel.load(tmp_path)
    assert isinstance(read.module.network, FullSizeNetwork)
    assert read.settings == settings
    before, after = model.pixels(images), read.pixels(images)
    np.testing.assert_allclose(after.embeddings, before.embeddings, atol=2e-2)
    np.testing.assert_allclose(after.regions, before.regions, atol=2e-2)
