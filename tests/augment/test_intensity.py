import math

import pytest
import torch

from cae.augment.intensity import ColourJitter, IntensityJitter, VaryingNoise, colour_matrices

LUMA = torch.tensor([0.299, 0.587, 0.114])


def test_contrast_turns_about_the_mean_of_each_image() -> None:
    dark = 0.1 + 0.02 * torch.rand(16, 1, 8, 8)
    changed = IntensityJitter(brightness=0, contrast=0.5, gamma=0)(dark)
    torch.testing.assert_close(changed.mean((1, 2, 3)), dark.mean((1, 2, 3)))


def test_no_turn_and_no_change_of_saturation_leave_colours_as_they_are() -> None:
    torch.testing.assert_close(
        colour_matrices(torch.zeros(2), torch.ones(2)), torch.eye(3).expand(2, 3, 3)
    )


def test_a_third_of_a_turn_makes_red_green_and_green_blue() -> None:
    (matrix,) = colour_matrices(torch.tensor([2 * math.pi / 3]), torch.ones(1))
    torch.testing.assert_close(matrix @ torch.eye(3), torch.eye(3).roll(1, 0), atol=1e-6, rtol=0)


def test_without_saturation_colours_are_the_greys_that_look_as_bright() -> None:
    colours = torch.rand(10, 3)
    (matrix,) = colour_matrices(torch.zeros(1), torch.zeros(1))
    torch.testing.assert_close(colours @ matrix.T, (colours @ LUMA)[:, None].expand(10, 3))


def test_saturation_keeps_how_bright_a_colour_looks_and_any_turn_keeps_its_sum() -> None:
    colours = torch.rand(10, 3)
    (saturated,) = colour_matrices(torch.zeros(1), torch.tensor([1.4]))
    torch.testing.assert_close(colours @ saturated.T @ LUMA, colours @ LUMA)
    (turned,) = colour_matrices(torch.tensor([0.3]), torch.ones(1))
    torch.testing.assert_close((colours @ turned.T).sum(1), colours.sum(1))


def test_greys_stay_grey_and_every_image_changes_its_own_way() -> None:
    jitter = ColourJitter(hue=0.1, saturation=0.5)
    grey = torch.rand(4, 1, 6, 6).expand(4, 3, 6, 6)
    torch.testing.assert_close(jitter(grey), grey)
    colour = torch.rand(1, 3, 6, 6).expand(4, 3, 6, 6)
    changed = jitter(colour)
    assert changed.shape == colour.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    assert not torch.equal(changed[0], changed[1])


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_has_another_strength_in_every_image_up_to_the_largest(channels: int) -> None:
    even = torch.full((64, channels, 16, 16), 0.5)
    spread = VaryingNoise(0.1)(even).flatten(1).std(dim=1)
    assert float(spread.min()) < 0.02
    assert 0.08 < float(spread.max()) < 0.115
