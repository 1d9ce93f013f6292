"""How much fine detail images have, whatever it shows."""

import numpy as np
from scipy.ndimage import laplace


def band_energy(images: np.ndarray, low: float, high: float) -> float:
    """Return the mean energy of images between two spatial frequencies.

    That of the Fourier transform of grey values under a Hann window, at radial frequencies from
    `low` to below `high`, divided by the number of pixels.

    Args:
        images: uint8, (N, S, S, C).
        low: cycles per pixel, 0–0.71.
        high: likewise.
    """
    grey = _grey(images)
    size = grey.shape[1]
    window = np.outer(np.hanning(size), np.hanning(size)).astype(np.float32)
    spectrum = np.abs(np.fft.fft2((grey - grey.mean(axis=(1, 2), keepdims=True)) * window)) ** 2
    frequencies = np.fft.fftfreq(size)
    radius = np.hypot(frequencies[:, None], frequencies[None])
    within = (radius >= low) & (radius < high)
    return float(spectrum[:, within].sum(axis=1).mean() / size**2)


def laplacian_variance(images: np.ndarray) -> float:
    """Return the mean over images (uint8, (N, S, S, C)) of the variance of their Laplacian.

    A usual measure of focus (Pech-Pacheco et al. 2000), of grey values 0–255.
    """
    return float(np.mean([laplace(image).var() for image in _grey(images)]))


def _grey(images: np.ndarray) -> np.ndarray:
    grey: np.ndarray = images.astype(np.float32).mean(axis=-1)
    return grey
