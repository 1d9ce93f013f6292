"""How faithfully a model gives back real images."""

from collections.abc import Callable

import numpy as np
from skimage.metrics import structural_similarity

from cae.progress import Progress, silent
from cae.study.derived import keep_derived, read_derived
from cae.study.study import Study

_HIGHEST_PSNR = 100.0
_ROWS_AT_ONCE = 512


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


def absolute_error(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return the mean absolute error of each image as a share of full scale, (N,)."""
    difference = images.astype(np.float32) - decoded.astype(np.float32)
    share: np.ndarray = np.abs(difference).mean(axis=(1, 2, 3)) / 255
    return share


def reconstruction_errors(
    images: np.ndarray,
    latents: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    progress: Progress = silent,
) -> np.ndarray:
    """Return the mean absolute error of what is decoded from each latent, (N,), 0–1.

    Args:
        images: uint8, (N, H, W, C), may be memory-mapped.
        latents: (N, d), may be memory-mapped.
        decode: from latents (M, d) to images, such as `Model.decode`.
        progress: told of every chunk.
    """
    errors = np.empty(len(images), np.float32)
    for start in range(0, len(images), _ROWS_AT_ONCE):
        part = slice(start, min(start + _ROWS_AT_ONCE, len(images)))
        decoded = decode(np.asarray(latents[part], np.float32))
        errors[part] = absolute_error(np.asarray(images[part]), decoded)
        progress(part.stop, len(images), "images decoded")
    return errors


def kept_reconstruction_errors(study: Study, progress: Progress = silent) -> np.ndarray:
    """Return the mean absolute error of every image of a study as its model gives it back, (N,).

    They are worked out once and kept in the study.

    Raises:
        CaeError: the study has no latents, or its model is missing or damaged.
    """
    name, steps = "reconstruction-errors", (study.model_step, "encode")
    kept = read_derived(study, name, steps)
    if kept is not None and kept.dtype == np.float32 and kept.shape == (len(study),):
        errors = np.array(kept)
        if ((errors >= 0) & (errors <= 1)).all():
            return errors
    errors = reconstruction_errors(study.images, study.latents, study.model.decode, progress)
    keep_derived(study, name, steps, errors)
    return errors


def ssim(images: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Return the structural similarity of each image (Wang et al. 2004, 7×7 window), (N,)."""
    return np.array(
        [
            structural_similarity(image, other, channel_axis=-1, data_range=255)
            for image, other in zip(images, decoded, strict=True)
        ]
    )
