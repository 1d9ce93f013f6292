"""Bring images of any size into the squares that the networks take, without distortion."""

import numpy as np
from PIL import Image

from cae.errors import CaeError

SUPPORTED_SIZES = (28, 32, 64, 128, 224)
_SQUARE_ENOUGH = 0.01


def next_size(side: int) -> int:
    """Return the smallest supported size of at least `side` pixels, else the largest there is."""
    return next((size for size in SUPPORTED_SIZES if size >= side), SUPPORTED_SIZES[-1])


def nearest_size(side: float) -> int:
    """Return the supported size nearest to `side` by ratio, the larger of two equally near."""
    return min(
        reversed(SUPPORTED_SIZES), key=lambda size: max(size, side) / max(min(size, side), 1)
    )


def require_supported(side: int | None) -> None:
    """Raise `CaeError` unless `side` is a supported size in pixels, or None for any of them."""
    if side is not None and side not in SUPPORTED_SIZES:
        sizes = ", ".join(map(str, SUPPORTED_SIZES))
        raise CaeError(f"Images of {side} pixels are not supported; choose {sizes}.")


def fit_square(image: np.ndarray, size: int) -> np.ndarray:
    """Scale an image until its longer side is `size` and pad the shorter with black, centred.

    Args:
        image: uint8, (H, W) or (H, W, C) with C 1 or 3.
        size: side of the square, pixels.

    Returns:
        uint8, (size, size, C); an image that has this size already comes back unchanged.
    """
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    height, width = image.shape[:2]
    if (height, width) != (size, size):
        scale = size / max(height, width)
        fitted = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(Image.fromarray(image).resize(fitted, Image.Resampling.LANCZOS))
        image = _pad(image, size)
    return image if image.ndim == 3 else image[..., None]


def _pad(image: np.ndarray, size: int) -> np.ndarray:
    height, width = image.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    square = np.zeros((size, size, *image.shape[2:]), np.uint8)
    square[top : top + height, left : left + width] = image
    return square


def fit_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """Turn grey into RGB or RGB into grey (ITU-R 601 luma) where the number of channels asks it.

    Args:
        image: uint8, (H, W, C) with C 1 or 3; several, (N, H, W, 1), where `channels` is 3.
        channels: 1 or 3.

    Returns:
        uint8, (H, W, channels), or (N, H, W, 3).
    """
    if image.shape[-1] == channels:
        return image
    if channels == 3:
        return np.repeat(image, 3, axis=-1)
    return np.asarray(Image.fromarray(image).convert("L"))[..., None]


def isotropic(image: np.ndarray, aspect: float) -> np.ndarray:
    """Return an image whose pixels are square, its longer scale kept.

    Args:
        image: uint8, (H, W) or (H, W, 3).
        aspect: height of a pixel by its width, above 0; within 1 % of 1 nothing changes.
    """
    height, width = image.shape[:2]
    if abs(aspect - 1) < _SQUARE_ENOUGH:
        return image
    stretched = (width, round(height * aspect)) if aspect > 1 else (round(width / aspect), height)
    return np.asarray(Image.fromarray(image).resize(stretched, Image.Resampling.BICUBIC))
