import numpy as np
import pytest
import torch

from cae.augment.augmentation import (
    PRESETS,
    augmentation_for,
    augmentation_sheet,
)
from cae.errors import CaeError


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("preset", PRESETS)
def test_views_keep_shape_and_range_and_differ(preset, channels):
    torch.manual_seed(0)
    images = torch.rand(400, channels, 28, 28)
    augment = augmentation_for(preset, channels)
    first, second = augment(images), augment(images)
    assert first.shape == images.shape
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert not torch.equal(first, second)
    # So that contrast acts on images as they are, too.
    is_kept = (first == images).flatten(1).all(1).float()
    assert is_kept.mean().item() == pytest.approx(0.25, abs=0.07)


def test_the_same_seed_gives_the_same_views():
    images = torch.rand(4, 1, 28, 28)
    augment = augmentation_for("brain", 1)
    views = []
    for _ in range(2):
        torch.manual_seed(3)
        views.append(augment(images))
    assert torch.equal(*views)


@pytest.mark.parametrize("preset", ["chest", "organs", "brain", "digits"])
def test_oriented_images_are_never_mirrored(preset):
    assert not PRESETS[preset].mirror
    assert not PRESETS[preset].upend
    assert PRESETS[preset].degrees <= 45


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(CaeError, match="chest"):
        augmentation_for("faces", 1)


def test_the_sheet_shows_each_image_before_its_views():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 3), dtype=np.uint8)
    state = torch.random.get_rng_state()
    sheet = augmentation_sheet(images, "skin", views=4)
    assert sheet.shape == (3 * 28, 5 * 28, 3)
    np.testing.assert_array_equal(sheet[28:56, :28], images[1])
    assert not np.array_equal(sheet[28:56, 28:], np.tile(images[1], (1, 4, 1)))
    assert torch.equal(state, torch.random.get_rng_state())
