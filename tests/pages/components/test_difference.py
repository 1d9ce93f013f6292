import numpy as np
import pytest

from pages.components.difference import difference_picture


@pytest.mark.parametrize("channels", [1, 3])
def test_equal_images_differ_nowhere(channels):
    image = np.random.default_rng(0).integers(0, 256, (5, 4, channels), np.uint8)
    assert (difference_picture(image, image) == 0).all()
    assert difference_picture(image, image).shape == (5, 4, 3)


def test_too_dark_is_orange_and_too_bright_blue():
    image = np.array([[[200], [0], [100]]], np.uint8)
    decoded = np.array([[[0], [200], [80]]], np.uint8)
    dark, bright, little = difference_picture(image, decoded)[0].astype(int)
    assert dark[0] > dark[2]
    assert bright[2] > bright[0]
    assert 0 < little[0] < dark[0]
    assert difference_picture(decoded, image)[0, 0].tolist() == bright.tolist()


def test_strength_is_proportional_up_to_half_of_full_scale():
    image = np.array([[[32], [64], [128], [255]]], np.uint8)
    red = difference_picture(image, np.zeros_like(image))[0, :, 0].astype(float)
    assert red[1] == pytest.approx(2 * red[0], abs=1)
    assert red[2] == pytest.approx(red[3], abs=1)
