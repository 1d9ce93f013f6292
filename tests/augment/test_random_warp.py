import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform
from torch.nn import functional

from cae.augment.random_warp import RandomWarp, _sampling_grid

ANY = RandomWarp(crop=0.4, degrees=180, shear=20, mirror=True, upend=True)


def test_views_are_those_of_one_affine_transform() -> None:
    torch.manual_seed(0)
    images = torch.rand(8, 3, 24, 24)
    state = torch.get_rng_state()
    views = ANY(images)
    torch.set_rng_state(state)
    matrices = ANY.matrices(8, images.device).numpy()
    for image, view, matrix in zip(images.numpy(), views.numpy(), matrices, strict=True):
        # From places −1…1 in order x, y to pixels in order y, x.
        linear = matrix[::-1, 1::-1]
        offset = 12 * matrix[::-1, 2] + 11.5 - linear @ [11.5, 11.5]
        for layer, expected in zip(image, view, strict=True):
            found = affine_transform(layer, linear, offset, order=1, mode="nearest")
            np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("warp", "axis"),
    [(RandomWarp(1, 0, 0, True, False), 3), (RandomWarp(1, 0, 0, False, True), 2)],
)
def test_half_of_the_images_are_swapped_along_one_axis(
    warp: RandomWarp, axis: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cae.augment.random_warp._MOST_ASPECT", 1.0)
    torch.manual_seed(0)
    images = torch.rand(400, 1, 5, 5)
    views = warp(images)
    is_swapped = ((views - images.flip(axis)).abs() < 1e-5).flatten(1).all(dim=1)
    is_kept = ((views - images).abs() < 1e-5).flatten(1).all(dim=1)
    assert (is_swapped ^ is_kept).all()
    assert 150 < int(is_swapped.sum()) < 250


def test_crops_lie_inside_and_keep_the_share_of_the_area_that_is_asked_for() -> None:
    torch.manual_seed(0)
    matrices = RandomWarp(0.3, 0, 0, False, False).matrices(2000, torch.device("cpu"))
    sides, centres = matrices[:, [0, 1], [0, 1]], matrices[:, :, 2]
    assert (centres.abs() + sides <= 1 + 1e-6).all()
    area = sides.prod(dim=1)
    # Long crops of nearly all of an image end at its border.
    assert 0.27 < float(area.min()) < 0.32
    assert 0.95 < float(area.max()) <= 1
    aspect = sides[:, 0] / sides[:, 1]
    assert 0.8 <= float(aspect.min()) < 0.82
    assert 1.22 < float(aspect.max()) <= 1.25 + 1e-6


def test_turns_and_shears_go_as_far_as_they_may_either_way() -> None:
    torch.manual_seed(0)
    warp = RandomWarp(0.5, 30, 10, False, False)
    matrices = warp.matrices(4000, torch.device("cpu")).numpy()
    angle = np.degrees(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert angle.min() == pytest.approx(-30, abs=0.1)
    assert angle.max() == pytest.approx(30, abs=0.1)


def test_corners_of_turned_images_take_the_border_colour() -> None:
    bright = torch.full((8, 3, 32, 32), 0.8)
    torch.testing.assert_close(ANY(bright), bright, atol=1e-4, rtol=0)


def test_pixels_are_taken_where_pytorch_takes_them() -> None:
    torch.manual_seed(0)
    matrices = ANY.matrices(5, torch.device("cpu"))
    expected = functional.affine_grid(matrices, [5, 1, 9, 9], align_corners=False)
    torch.testing.assert_close(_sampling_grid(matrices, 9), expected)
