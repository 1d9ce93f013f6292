"""How far every image of a study is from what its model gives back, worked out once and kept."""

from collections.abc import Callable

import numpy as np

from cae.progress import Progress, silent
from cae.study.derived import keep_derived, read_derived
from cae.study.study import Study

_ROWS_AT_ONCE = 512


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
