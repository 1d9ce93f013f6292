import numpy as np
import pytest
import torch
from scipy.ndimage import shift

from cae.augment.random_moves import RandomMoves

NOTHING = RandomMoves(turn=False, mirror=False, upend=False)


def moved_by(images: torch.Tensor, moves: RandomMoves) -> set[bytes]:
    return {view.numpy().tobytes() for view in moves(images).contiguous()}


@pytest.fixture
def small() -> torch.Tensor:
    # So small that nothing is shifted.
    return torch.rand(1, 3, 5, 5).expand(400, 3, 5, 5)


def test_every_turn_and_mirror_image_comes_and_nothing_else(small: torch.Tensor) -> None:
    torch.manual_seed(0)
    image = small[0]
    turned = [each.rot90(turns, (1, 2)) for each in (image, image.flip(2)) for turns in range(4)]
    expected = {each.contiguous().numpy().tobytes() for each in turned}
    assert moved_by(small, RandomMoves(turn=True, mirror=True, upend=True)) == expected


def test_where_only_mirror_images_mean_the_same_only_they_come(small: torch.Tensor) -> None:
    torch.manual_seed(0)
    expected = {each.contiguous().numpy().tobytes() for each in (small[0], small[0].flip(2))}
    assert moved_by(small, RandomMoves(turn=False, mirror=True, upend=False)) == expected
    assert moved_by(small, NOTHING) == {small[0].contiguous().numpy().tobytes()}


def test_images_are_shifted_by_whole_pixels_and_their_border_continued() -> None:
    torch.manual_seed(0)
    image = torch.rand(2, 64, 64)
    shifts = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    expected = {
        shift(image.numpy(), (0, *by), order=0, mode="nearest").astype(np.float32).tobytes()
        for by in shifts
    }
    assert moved_by(image.expand(600, 2, 64, 64), NOTHING) == expected
