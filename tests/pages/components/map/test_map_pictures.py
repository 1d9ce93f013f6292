import numpy as np
import pytest

from pages.components.map.map_pictures import MOST_AT_ONCE, MapPictures, answer, thumbnail
from tests.pages.components.map.test_map_points import unpacked

IMAGES = np.random.default_rng(0).integers(0, 255, (500, 8, 6, 3)).astype(np.uint8)
PICTURES = MapPictures(
    500, lambda rows: IMAGES[rows], "now", ("Age",), lambda rows: [[str(row)] for row in rows]
)


def test_the_asked_images_are_sent_with_their_words():
    header, arrays = unpacked(answer(PICTURES, "here", [7, 2]))
    assert header["rows"] == [7, 2]
    assert header["size"] == [8, 6, 3]
    assert header["lines"] == [["7"], ["2"]]
    assert (header["images"], header["state"]) == ("here", "now")
    assert np.array_equal(arrays["pixels"].reshape(2, 8, 6, 3), IMAGES[[7, 2]])


def test_nothing_is_sent_unasked_or_of_another_study():
    for asked in ([], [500, -1]):
        header, arrays = unpacked(answer(PICTURES, "here", asked))
        assert header["rows"] == []
        assert arrays["pixels"].size == 0


def test_not_too_much_is_sent_at_once():
    header, _ = unpacked(answer(PICTURES, "here", list(range(500))))
    assert header["rows"] == list(range(MOST_AT_ONCE))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((28, 28, 1), (28, 28, 1)), ((64, 40, 3), (64, 40, 3)), ((256, 128, 3), (64, 32, 3))],
)
def test_large_images_are_made_smaller_and_small_ones_are_left(shape, expected):
    image = np.full(shape, 100, np.uint8)
    small = thumbnail(image)
    assert small.shape == expected
    assert (small == 100).all()


def test_a_smaller_image_has_the_mean_of_its_pixels():
    image = np.random.default_rng(0).integers(0, 255, (128, 128, 1)).astype(np.uint8)
    blocks = image[..., 0].reshape(64, 2, 64, 2).mean(axis=(1, 3))
    assert np.abs(thumbnail(image)[..., 0] - blocks).max() <= 1
