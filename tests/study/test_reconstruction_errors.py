import numpy as np
import pytest

from cae.storage import write_array
from cae.study.reconstruction_errors import (
    absolute_error,
    kept_reconstruction_errors,
    reconstruction_errors,
)
from cae.study.study import Study
from tests.conftest import COUNT


def test_the_absolute_error_is_a_share_of_full_scale():
    black, grey = np.zeros((2, 4, 4, 1), np.uint8), np.full((2, 4, 4, 1), 51, np.uint8)
    np.testing.assert_allclose(absolute_error(black, grey), 0.2)
    np.testing.assert_allclose(absolute_error(grey, black), 0.2)


def test_errors_of_many_are_those_of_each(monkeypatch):
    monkeypatch.setattr("cae.study.reconstruction_errors._ROWS_AT_ONCE", 7)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (20, 4, 4, 1), np.uint8)
    latents = random.integers(0, 256, (20, 16)).astype(np.float32)
    seen = []
    errors = reconstruction_errors(
        images,
        latents,
        lambda some: some.astype(np.uint8).reshape(-1, 4, 4, 1),
        lambda done, total, message="": seen.append(done),
    )
    expected = np.abs(images.reshape(20, 16).astype(float) - latents).mean(axis=1) / 255
    np.testing.assert_allclose(errors, expected, atol=1e-6)
    assert seen == [7, 14, 20]


def test_errors_of_a_study_are_worked_out_once(digits_study, monkeypatch):
    expected = reconstruction_errors(
        digits_study.images, digits_study.latents, digits_study.model.decode
    )
    assert np.array_equal(kept_reconstruction_errors(digits_study), expected)
    monkeypatch.setattr("cae.study.reconstruction_errors.reconstruction_errors", None)
    again = kept_reconstruction_errors(Study.open(digits_study.path))
    assert np.array_equal(again, expected)


@pytest.mark.parametrize("wrong", [np.full(COUNT, np.nan, np.float32), np.zeros(3, np.float32)])
def test_kept_errors_that_are_damaged_are_worked_out_anew(digits_study, wrong):
    expected = kept_reconstruction_errors(digits_study)
    (path,) = digits_study.path.glob("derived/reconstruction-errors.*")
    write_array(path, wrong)
    assert np.array_equal(kept_reconstruction_errors(digits_study), expected)
    assert np.array_equal(np.load(path), expected)
