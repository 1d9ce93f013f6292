import pytest
import torch
from torch.nn import functional

from cae.local.method import LocalDiscrimination
from cae.local.network import LocalNetworkSettings
from cae.local.settings import LocalSettings
from cae.losses.patch_discrimination import patch_discrimination

NETWORK = LocalNetworkSettings(width=4, embedding=6, regions=3)


def method(shapes=None, **changes):
    torch.manual_seed(0)
    settings = LocalSettings(grid=4, epochs=4, **changes)
    return LocalDiscrimination(NETWORK, settings, shapes)


def step(module, count=4, side=32):
    images = torch.rand(count, 1, side, side)
    return module(images, images[:0], torch.full((count,), -1))


def test_patches_come_first_and_regions_join_in_the_second_stage():
    module = method(patch_share=0.25)
    assert [stage.first_epoch for stage in module.stages(module.settings)] == [0, 1]
    assert set(step(module)) == {"patch", "mixup"}
    module.begin_stage(1, torch.zeros(5, 6).numpy(), torch.zeros(2, 6).numpy(), seed=0)
    regional = {"region", "entropy", "agreement", "classes"}
    assert set(step(module)) == {"patch", "mixup", *regional}


def test_a_single_stage_has_all_terms():
    assert "region" in step(method(patch_share=0.0))


@pytest.mark.parametrize("side", [28, 33])
def test_odd_sizes_learn_too(side):
    losses = step(method(patch_share=0.0), side=side)
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_every_weight_learns():
    module = method(torch.rand(5, 1, 32, 32).round(), patch_share=0.0)
    sum(step(module).values()).backward()
    assert all(weight.grad is not None for weight in module.parameters())


def test_patches_are_pooled_row_by_row_and_nearest_their_centre():
    module = method(centre_spread=0.01)
    embeddings = torch.rand(2, 6, 12, 12)
    pooled = module.patches(embeddings).unflatten(0, (2, 16))
    middle = embeddings[:, :, 1::3, 1::3].flatten(2).transpose(1, 2)
    torch.testing.assert_close(pooled, middle / 9)
    wide = method(centre_spread=1e3).patches(embeddings).unflatten(0, (2, 16))
    torch.testing.assert_close(
        wide[1, 5], embeddings[1, :, 3:6, 3:6].mean((1, 2)), rtol=1e-4, atol=0
    )


def test_views_that_are_all_alike_are_recognised_by_aligned_patches():
    module = method(preset="steady")
    images = functional.interpolate(torch.rand(3, 1, 8, 8), scale_factor=4)
    first, layout = second, other = module.make_view(images)
    while torch.equal(layout.undo(images), other.undo(images)):
        second, other = module.make_view(images)
    # Embeddings that follow intensity alone, so that only the places can be wrong.
    f, g = (functional.normalize(torch.cat([view - 0.5, view**2], 1)) for view in (first, second))
    aligned = patch_discrimination(module.patches(layout.undo(f)), module.patches(other.undo(g)))
    crossed = patch_discrimination(module.patches(layout.undo(f)), module.patches(layout.undo(g)))
    assert aligned < crossed


def test_the_two_sides_of_the_shape_game_do_not_teach_each_other():
    module = method(torch.rand(5, 1, 32, 32).round(), patch_share=0.0)
    losses = step(module)
    losses["shape"].backward(retain_graph=True)
    assert all(weight.grad is None for weight in module.discriminator.parameters())
    assert module.network.region.weight.grad[0].any()
    assert not module.network.encoder.stages[0][0][0].weight.grad.isnan().any()
    module.zero_grad()
    losses["discriminator"].backward()
    assert all(weight.grad is not None for weight in module.discriminator.parameters())
    assert module.network.region.weight.grad is None


def test_shapes_play_no_part_in_validation():
    module = method(torch.rand(5, 1, 32, 32).round(), patch_share=0.0).eval()
    assert "shape" not in step(module)


def test_the_class_loss_is_the_cross_entropy_with_the_classes_of_both_views(monkeypatch):
    module = method(patch_share=0.0)
    shares = torch.tensor([0.9, 0.08, 0.02])[:, None, None].expand(1, 3, 8, 8)
    classes = torch.tensor([0, 2])[:, None].repeat(1, 32).view(1, 8, 8)
    monkeypatch.setattr(module.classes, "forward", lambda images: classes)
    images = torch.zeros(1, 1, 8, 8)
    found = module.guiding_losses(images, shares, shares)["classes"]
    expected = -torch.log(torch.tensor([0.9, 0.02])).mean()
    torch.testing.assert_close(found, module.settings.class_weight * expected)


def test_region_0_begins_as_what_is_shaped_like_the_examples():
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    disc = ((rows - 16) ** 2 + (columns - 16) ** 2 <= 64).float()
    noise = 0.01 * torch.rand(6, 1, 32, 32)
    images = 0.2 + 0.6 * disc + 0.3 * (columns % 6 < 2) * (1 - disc) + noise
    module = method(disc.expand(5, 1, 32, 32))
    module.begin(images)
    assert ((module.classes(images) == 0) == disc.bool()).float().mean() > 0.95
