import numpy as np
import pytest

from cae.evaluation.mark_detector import TOLERANCE, Mark, amplitudes


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(100, 10, (3, 20, 22))


@pytest.fixture
def mark():
    return Mark(np.random.default_rng(1).random((5, 4)), top=6, left=9)


def test_is_the_largest_least_squares_amplitude_around_the_place(images, mark):
    expected = []
    for image in images:
        found = []
        for down in range(-TOLERANCE, TOLERANCE + 1):
            for right in range(-TOLERANCE, TOLERANCE + 1):
                patch = image[6 + down : 11 + down, 9 + right : 13 + right]
                design = np.stack([mark.profile.ravel(), np.ones(20)], axis=1)
                found.append(np.linalg.lstsq(design, patch.ravel(), rcond=None)[0][0])
        expected.append(max(found))
    assert np.allclose(amplitudes(images, mark), expected)


def test_finds_what_was_added_and_no_even_change(mark):
    image = np.full((1, 20, 22), 50.0)
    assert amplitudes(image, mark)[0] == pytest.approx(0, abs=1e-9)
    image[:, 6:11, 9:13] += 7 * mark.profile
    assert amplitudes(image + 30, mark)[0] == pytest.approx(7)


def test_a_mark_at_the_border_is_looked_for_there(images):
    at_corner = Mark(np.random.default_rng(1).random((5, 4)), top=15, left=18)
    assert np.isfinite(amplitudes(images, at_corner)).all()
