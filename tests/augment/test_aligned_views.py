import itertools

import pytest
import torch

from cae.augment.aligned_views import ALIGNED_PRESETS, Layout, aligned_views
from cae.errors import CaeError


def layout(count, mirrored=False, turns=0, side=1.0, centre=(0.0, 0.0)):
    return Layout(
        torch.full((count,), mirrored),
        torch.full((count,), turns),
        torch.full((count,), side),
        torch.tensor([centre] * count),
    )


@pytest.mark.parametrize(("mirrored", "turns"), list(itertools.product([False, True], range(4))))
@pytest.mark.parametrize("side", [5, 8])
def test_every_flip_and_turn_is_undone_exactly(mirrored, turns, side):
    images = torch.rand(3, 2, side, side)
    moved = layout(3, mirrored, turns)
    views = moved.apply(images)
    assert torch.equal(moved.undo(views), images)
    assert torch.equal(views, images) == (not mirrored and turns == 0)


def test_the_eight_moves_differ():
    image = torch.rand(1, 1, 6, 6)
    moves = itertools.product([False, True], range(4))
    seen = {tuple(layout(1, *move).apply(image).flatten().tolist()) for move in moves}
    assert len(seen) == 8


def test_each_image_of_a_batch_has_its_own_move():
    images = torch.rand(8, 1, 6, 6)
    mirrored = torch.tensor([False, True]).repeat_interleave(4)
    turns = torch.arange(4).repeat(2)
    mixed = Layout(mirrored, turns, torch.ones(8), torch.zeros(8, 2))
    views = mixed.apply(images)
    for row in range(8):
        alone = layout(1, bool(mirrored[row]), int(turns[row])).apply(images[row : row + 1])
        assert torch.equal(views[row : row + 1], alone)
    assert torch.equal(mixed.undo(views), images)


def test_a_crop_shows_the_named_part_and_is_laid_back():
    ramp = torch.linspace(0, 1, 32).repeat(1, 1, 32, 1)
    cut = layout(1, side=0.5, centre=(0.5, 0.5))
    view = cut.apply(ramp)
    assert float(view.min()) > 0.45
    back = cut.undo(view)
    torch.testing.assert_close(back[..., 17:31], ramp[..., 17:31], atol=0.02, rtol=0)


@pytest.mark.parametrize("turns", range(4))
def test_crop_mirror_and_turn_are_undone_together(turns):
    smooth = torch.linspace(0, 3, 24).sin()
    images = (smooth[:, None] * smooth.cos()).repeat(2, 1, 1, 1)
    moved = layout(2, True, turns, side=0.95, centre=(0.03, -0.04))
    back = moved.undo(moved.apply(images))
    torch.testing.assert_close(back[..., 2:-2, 2:-2], images[..., 2:-2, 2:-2], atol=0.02, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("preset", ALIGNED_PRESETS)
def test_views_keep_shape_and_range_and_differ(preset, channels):
    torch.manual_seed(0)
    images = torch.rand(6, channels, 28, 28)
    make = aligned_views(preset)
    (first, _), (second, _) = make(images), make(images)
    assert first.shape == images.shape
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert not torch.equal(first, second)


def test_the_same_seed_gives_the_same_views():
    images, make = torch.rand(4, 1, 28, 28), aligned_views("scanner")
    views = []
    for _ in range(2):
        torch.manual_seed(3)
        views.append(make(images)[0])
    assert torch.equal(*views)


def test_upright_views_are_never_mirrored_or_turned():
    drawn = aligned_views("upright").random_layout(200, torch.device("cpu"))
    assert not drawn.mirrored.any() and not drawn.turns.any()
    drawn = aligned_views("scanner").random_layout(200, torch.device("cpu"))
    assert drawn.mirrored.any() and set(drawn.turns.tolist()) == {0, 1, 2, 3}


def test_crops_stay_inside_the_image():
    drawn = aligned_views("scanner").random_layout(500, torch.device("cpu"))
    assert float(drawn.side.min()) ** 2 >= 0.9 - 1e-6
    assert float((drawn.centre.abs() + drawn.side[:, None]).max()) <= 1 + 1e-6


def test_scanners_differ_in_which_tissue_is_bright():
    torch.manual_seed(0)
    images = torch.zeros(60, 1, 16, 16)
    images[..., 8:] = 1
    changed = aligned_views("scanner").changed_intensity(images)
    is_inverted = changed[..., :8].mean((1, 2, 3)) > changed[..., 8:].mean((1, 2, 3))
    assert 15 < int(is_inverted.sum()) < 45


def test_an_unknown_preset_is_refused():
    with pytest.raises(CaeError, match="no aligned views"):
        aligned_views("nothing")


def test_some_views_keep_the_intensities_of_their_images():
    torch.manual_seed(0)
    images = torch.rand(400, 1, 8, 8)
    views, layout = aligned_views("scanner")(images)
    kept = (views == layout.apply(images)).all(3).all(2).all(1)
    assert 0.15 < kept.float().mean() < 0.35
