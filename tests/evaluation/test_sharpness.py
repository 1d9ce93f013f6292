import numpy as np
from scipy.ndimage import gaussian_filter

from cae.evaluation.sharpness import band_energy, laplacian_variance


def waves(frequency: float, size: int = 64) -> np.ndarray:
    wave = 127 + 100 * np.sin(2 * np.pi * frequency * np.arange(size))
    return np.broadcast_to(wave, (2, size, size))[..., None].round().astype(np.uint8)


def test_a_wave_lies_in_the_band_of_its_frequency():
    for frequency, band in ((0.05, 0), (0.2, 1), (0.35, 2)):
        bands = ((0.0, 0.125), (0.125, 0.25), (0.25, 0.5))
        energies = [band_energy(waves(frequency), *one) for one in bands]
        assert energies[band] > 0.99 * sum(energies)


def test_energy_is_that_of_the_windowed_pixels():
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 1), dtype=np.uint8)
    grey = images[..., 0].astype(float)
    window = np.outer(np.hanning(16), np.hanning(16))
    expected = np.square((grey - grey.mean((1, 2), keepdims=True)) * window).sum((1, 2)).mean()
    np.testing.assert_allclose(band_energy(images, 0, 1), expected, rtol=1e-4)


def test_blur_takes_detail_and_turning_does_not():
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    blurred = gaussian_filter(images, (0, 1, 1, 0))
    for measure in (laplacian_variance, lambda one: band_energy(one, 0.25, 0.5)):
        assert measure(blurred) < 0.2 * measure(images)
        turned = measure(np.rot90(images, axes=(1, 2)))
        np.testing.assert_allclose(turned, measure(images), rtol=1e-5)
