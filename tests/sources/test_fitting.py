import numpy as np
import pytest

from cae.sources.fitting import SUPPORTED_SIZES, fit_channels, fit_square, nearest_size, next_size


@pytest.mark.parametrize(
    ("side", "expected"),
    [(1, 28), (28, 28), (29, 32), (33, 64), (100, 128), (224, 224), (999, 224)],
)
def test_next_size_is_never_smaller_unless_there_is_none(side, expected):
    assert next_size(side) == expected


@pytest.mark.parametrize(
    ("side", "expected"),
    [(1, 28), (29, 28), (31, 32), (45, 32), (46, 64), (90, 64), (91, 128), (4000, 224)],
)
def test_nearest_size_compares_by_ratio(side, expected):
    assert nearest_size(side) == expected


@pytest.mark.parametrize("size", SUPPORTED_SIZES)
def test_a_fitting_image_stays_as_it_is(size):
    image = np.random.default_rng(0).integers(0, 256, (size, size), np.uint8)
    assert np.array_equal(fit_square(image, size)[..., 0], image)


@pytest.mark.parametrize(
    "shape", [(40, 80), (80, 40), (40, 80, 3), (40, 80, 1), (1, 300), (300, 1)]
)
def test_every_shape_becomes_a_square_with_channels(shape):
    fitted = fit_square(np.full(shape, 200, np.uint8), 64)
    assert fitted.shape == (64, 64, 3 if shape[2:] == (3,) else 1)
    assert fitted.dtype == np.uint8


def test_the_aspect_stays_and_black_is_added_on_both_sides():
    fitted = fit_square(np.full((20, 40), 255, np.uint8), 64)[..., 0]
    assert (fitted[16:48] == 255).all()
    assert (fitted[:16] == 0).all()
    assert (fitted[48:] == 0).all()


def test_a_disc_stays_a_disc():
    y, x = np.mgrid[:100, :200]
    disc = (((y - 50) ** 2 + (x - 100) ** 2) < 40**2).astype(np.uint8) * 255
    fitted = fit_square(disc, 128)[..., 0] > 127
    rows, columns = np.flatnonzero(fitted.any(1)), np.flatnonzero(fitted.any(0))
    assert abs((rows[-1] - rows[0]) - (columns[-1] - columns[0])) <= 1


def test_channels_are_turned_into_one_another():
    grey = np.arange(0, 250, 10, dtype=np.uint8).reshape(5, 5, 1)
    assert fit_channels(grey, 1) is grey
    colours = fit_channels(grey, 3)
    assert colours.shape == (5, 5, 3)
    assert np.array_equal(fit_channels(colours, 1), grey)
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255
    assert (fit_channels(red, 1) == 76).all()
