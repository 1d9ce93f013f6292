import numpy as np
from skimage.metrics import peak_signal_noise_ratio

from cae.evaluation.reconstruction import mean_psnr, psnr, ssim


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
