import io
import json

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.export.synthetic import (
    film_strip,
    mark,
    marked_gif,
    marked_png,
    marked_webp,
    picture_grid,
)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 28, 28, 1), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (64, 20, 3), (1, 1, 1), (224, 224, 3)])
def test_image_stays_whole_above_a_written_strip(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    marked = mark(image)
    scale = marked.shape[1] // shape[1]
    picture = marked[: shape[0] * scale]
    rgb = image if image.ndim == 3 else image[..., None]
    expected = np.broadcast_to(rgb, (*shape[:2], 3))
    assert np.array_equal(picture[::scale, ::scale], expected)
    assert np.array_equal(picture, picture[::scale, ::scale].repeat(scale, 0).repeat(scale, 1))
    strip = marked[shape[0] * scale :]
    assert len(strip) >= 18
    assert (strip[0, 0] == [255, 191, 0]).all()
    assert (strip == 0).all(axis=2).any()
    assert marked.shape[1] >= 160
    assert (marked.dtype, marked.shape[2]) == (np.uint8, 3)


def test_the_word_is_always_there(images):
    assert np.array_equal(mark(images[0], "step 3"), mark(images[0], "SYNTHETIC step 3"))
    assert not np.array_equal(mark(images[0], "step 3"), mark(images[0], "step 4"))
    assert np.array_equal(mark(images[0], ""), mark(images[0]))


def test_long_caption_is_shortened_at_its_end(images):
    first = mark(images[0], "SYNTHETIC " + "a" * 300)
    assert first.shape == mark(images[0]).shape
    strip = first[168:]
    ground = strip[0, 0]
    assert (strip[:, :2] == ground).all()
    assert (strip[:, -2:] == ground).all()
    assert (strip != ground).any()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), dtype=np.float32),
        np.zeros((4, 4, 2), dtype=np.uint8),
        np.zeros(4, dtype=np.uint8),
        np.zeros((0, 4, 1), dtype=np.uint8),
    ],
)
def test_no_image_is_a_sentence(image):
    with pytest.raises(CaeError, match="8-bit grey or RGB"):
        mark(image)


def test_film_strip_holds_every_image_in_order(images):
    strip = film_strip(images, ["ORIGINAL a", "2/4", "3/4", "ORIGINAL b"])
    tile = mark(images[1], "2/4")
    width = tile.shape[1]
    gap = (strip.shape[1] - 4 * width) // 3
    assert len(strip) == len(tile)
    for number in range(4):
        start = number * (width + gap)
        part = strip[:168, start : start + width]
        assert np.array_equal(part[::6, ::6, :1], images[number])
    assert np.array_equal(strip[:, width + gap : 2 * width + gap], tile)
    assert not np.array_equal(strip[:, :width], mark(images[0], "ORIGINAL a"))


def test_marks_of_two_lines_make_all_beside_them_as_high(images):
    two = "SYNTHETIC 1/4\nfar from every image"
    assert len(mark(images[0], two)) == len(mark(images[0])) + 18
    strip = film_strip(images, ["ORIGINAL a", two, "3/4", "4/4"])
    assert len(strip) == len(mark(images[1], two))
    gif = opened_picture(marked_gif(images, 0.25, {}, [two, "2/4", "3/4", "4/4"]))
    assert gif.size[1] == len(strip)
    assert len(picture_grid(images, [two, "2", "3", "4"], 2)) == 2 * len(strip) + 4


def test_film_strip_needs_captions(images):
    with pytest.raises(CaeError, match="one caption per image"):
        film_strip(images, ["a"])
    with pytest.raises(CaeError, match="one caption per image"):
        film_strip([], [])


def opened_picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_png_says_so_in_pixels_and_text(images):
    facts = {"Study": "µ-digits", "Anchors": [1, 2], "Synthetic": "no", "": 1, "k" * 99: "v"}
    opened = opened_picture(marked_png(mark(images[0], "step 1"), facts))
    assert np.array_equal(np.asarray(opened), mark(images[0], "step 1"))
    assert opened.text["Synthetic"].startswith("decoded by CAE Explorer")
    assert opened.text["Study"] == "µ-digits"
    assert json.loads(opened.text["Anchors"]) == [1, 2]


def test_gif_has_every_frame_marked_and_a_comment(images):
    opened = opened_picture(marked_gif(images, 0.25, {"seed": 3}))
    assert opened.n_frames == 4
    assert opened.info["loop"] == 0
    comment = json.loads(opened.info["comment"])
    assert comment["Synthetic"].startswith("decoded by")
    assert comment["seed"] == "3"
    for number in range(4):
        opened.seek(number)
        assert opened.info["duration"] == 250
        frame = np.asarray(opened.convert("RGB")).astype(int)
        expected = mark(images[number], f"SYNTHETIC {number + 1}/4").astype(int)
        assert np.abs(frame - expected).mean() < 4


def test_webp_keeps_every_pixel_of_every_marked_frame(images):
    opened = opened_picture(marked_webp(images, 0.25, {"seed": 3}))
    assert opened.n_frames == 4
    told = json.loads(opened.getexif()[0x010E])
    assert told["Synthetic"].startswith("decoded by")
    assert told["seed"] == "3"
    for number in range(4):
        opened.seek(number)
        expected = mark(images[number], f"SYNTHETIC {number + 1}/4")
        assert np.array_equal(np.asarray(opened.convert("RGB")), expected)


def test_a_grid_is_film_strips_one_below_the_other(images):
    grid = picture_grid(images, ["1", "2", "3", "4"], 2)
    upper, lower = film_strip(images[:2], ["1", "2"]), film_strip(images[2:], ["3", "4"])
    assert np.array_equal(grid[: len(upper)], upper)
    assert np.array_equal(grid[-len(lower) :], lower)
    with pytest.raises(CaeError, match="do not fill rows of 3"):
        picture_grid(images, ["1", "2", "3", "4"], 3)


@pytest.mark.parametrize("encode", [marked_gif, marked_webp])
def test_bad_animations_are_sentences(images, encode):
    with pytest.raises(CaeError, match="no frame"):
        encode([])
    with pytest.raises(CaeError, match="0.02 to 60"):
        encode(images, seconds_per_frame=0)
    with pytest.raises(CaeError, match="8-bit"):
        encode([np.zeros((4, 4))])
