import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from cae.evaluation.reconstruction import (
    absolute_error,
    kept_reconstruction_errors,
    mean_psnr,
    psnr,
    reconstruction_errors,
    ssim,
)
from cae.storage import write_array
from cae.study.study import Study
from tests.conftest import COUNT


def pictures(seed, channels):
    return np.random.default_rng(seed).integers(0, 256, (3, 16, 16, channels), dtype=np.uint8)


def test_psnr_equals_scikit_image_for_grey_and_colour():
    for channels in (1, 3):
        images, decoded = pictures(0, channels), pictures(1, channels)
        expected = [
            peak_signal_noise_ratio(a, b, data_range=255)
            for a, b in zip(images, decoded, strict=True)
        ]
        np.testing.assert_allclose(psnr(images, decoded), expected, rtol=1e-6)


def test_equal_images_are_beyond_reproach():
    images = pictures(0, 1)
    assert np.isinf(psnr(images, images)).all()
    assert mean_psnr(images, images) == 100
    np.testing.assert_allclose(ssim(images, images), 1)


def test_ssim_falls_with_noise():
    images = np.tile(np.arange(32, dtype=np.uint8)[:, None] * 8, (1, 1, 32))[..., None]
    rng = np.random.default_rng(0)
    scores = [
        ssim(images, np.clip(images + rng.normal(0, s, images.shape), 0, 255).astype(np.uint8))[0]
        for s in (1, 20, 80)
    ]
    assert scores[0] > scores[1] > scores[2]


def test_the_absolute_error_is_a_share_of_full_scale():
    black, grey = np.zeros((2, 4, 4, 1), np.uint8), np.full((2, 4, 4, 1), 51, np.uint8)
    np.testing.assert_allclose(absolute_error(black, grey), 0.2)
    np.testing.assert_allclose(absolute_error(grey, black), 0.2)


def test_errors_of_many_are_those_of_each(monkeypatch):
    monkeypatch.setattr("cae.evaluation.reconstruction._ROWS_AT_ONCE", 7)
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
    monkeypatch.setattr("cae.evaluation.reconstruction.reconstruction_errors", None)
    again = kept_reconstruction_errors(Study.open(digits_study.path))
    assert np.array_equal(again, expected)


@pytest.mark.parametrize("wrong", [np.full(COUNT, np.nan, np.float32), np.zeros(3, np.float32)])
def test_kept_errors_that_are_damaged_are_worked_out_anew(digits_study, wrong):
    expected = kept_reconstruction_errors(digits_study)
    (path,) = digits_study.path.glob("derived/reconstruction-errors.*")
    write_array(path, wrong)
    assert np.array_equal(kept_reconstruction_errors(digits_study), expected)
    assert np.array_equal(np.load(path), expected)
