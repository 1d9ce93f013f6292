"""How faithfully a model gives back real images."""

import numpy as np
from skimage.metrics import structural_similarity

_HIGHEST_PSNR = 100.0


def psnr(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return the peak signal-to-noise ratio of each image in dB, (N,); ∞ where they are equal.

    Args:
        images: uint8, (N, H, W, C).
        decoded: as `images`.
    """
    difference = images.astype(np.float32) - decoded.astype(np.float32)
    error = np.square(difference).mean(axis=(1, 2, 3), dtype=np.float64)
    with np.errstate(divide="ignore"):
        ratio: np.ndarray = 10 * np.log10(255**2 / error)
    return ratio


def mean_psnr(images: np.ndarray, decoded: np.ndarray) -> float:
    """Return the mean of `psnr`, each image counting at most 100 dB.

    An image given back exactly has an infinite PSNR; 8 bits cannot tell it from that.
    """
    return float(np.minimum(psnr(images, decoded), _HIGHEST_PSNR).mean())


def ssim(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return the structural similarity of each image (Wang et al. 2004, 7×7 window), (N,)."""
    return np.array(
        [
            structural_similarity(image, other, channel_axis=-1, data_range=255)
            for image, other in zip(images, decoded, strict=True)
        ]
    )
