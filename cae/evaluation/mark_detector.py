"""A matched filter: how much of a known mark is at a known place of an image."""

from dataclasses import dataclass

import numpy as np

# Pixels that a mark may have moved by.
TOLERANCE = 2


@dataclass(frozen=True, eq=False)
class Mark:
    """A mark and where it is.

    Attributes:
        profile: float (h, w), what it adds to an image, in any unit; not the same everywhere.
        top: row of its first pixel.
        left: column of its first pixel.
    """

    profile: np.ndarray
    top: int
    left: int


def amplitudes(images: np.ndarray, mark: Mark) -> np.ndarray:
    """Return how often a mark's profile is in each image at its place.

    It is the least-squares amplitude of the profile above an even ground, which is the matched
    filter for white noise (North 1963), and the largest within two pixels of the place.

    Args:
        images: float (N, H, W).
        mark: that lies within the images.

    Returns:
        float64 (N,), in units of the images per unit of the profile.
    """
    profile = mark.profile - mark.profile.mean()
    padded = np.pad(images, ((0, 0), (TOLERANCE, TOLERANCE), (TOLERANCE, TOLERANCE)), mode="edge")
    height, width = profile.shape
    around = padded[
        :,
        mark.top : mark.top + height + 2 * TOLERANCE,
        mark.left : mark.left + width + 2 * TOLERANCE,
    ]
    shifted = np.lib.stride_tricks.sliding_window_view(around, profile.shape, axis=(1, 2))
    found = np.einsum("nijhw,hw->nij", shifted, profile, optimize=True) / np.square(profile).sum()
    largest: np.ndarray = found.max(axis=(1, 2))
    return largest
