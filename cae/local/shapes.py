"""Example masks that tell what region 0 of a local model is to look like."""

from pathlib import Path

import numpy as np

from cae.errors import CaeError, UnusableError
from cae.methods.method import Known
from cae.sources.fitting import fit_square
from cae.sources.masks import read_mask_file
from cae.sources.picture import SUFFIXES


def load_shapes(shape: str, known: Known, side: int) -> np.ndarray:
    """Return the example masks that `shape` names.

    Args:
        shape: one of the masks of the images by name, or a folder of pictures that are bright
            inside the structure; these may come from anywhere, as no mask belongs to an image.
        known: masks are taken from the training images.
        side: of the images, in pixels.

    Returns:
        uint8, (M, S, S), 0 outside and 255 inside; empty masks are left out.

    Raises:
        CaeError: there is no such mask or folder, nothing in it, or a picture that cannot be read.
    """
    names = known.mask_names
    if shape in names and known.masks is not None:
        masks = known.masks[known.train_rows][..., names.index(shape)]
    elif Path(shape).is_dir():
        files = [file for file in sorted(Path(shape).iterdir()) if file.suffix.lower() in SUFFIXES]
        masks = np.array([_square(file, side) for file in files], np.uint8)
        masks = masks.reshape(-1, side, side)
    else:
        listed = ", ".join(names) or "none"
        raise CaeError(
            f"There is no mask and no folder {shape!r}; the masks of these images are: {listed}. "
            "Name one of them, or a folder of example masks."
        )
    masks = np.asarray(masks[masks.any(axis=(1, 2))])
    if len(masks) == 0:
        raise CaeError(f"There is no example mask in {shape!r}; add pictures of masks.")
    return masks


def _square(file: Path, side: int) -> np.ndarray:
    try:
        return fit_square(read_mask_file(file), side)[..., 0]
    except UnusableError as error:
        raise CaeError(
            f"The example mask {file} cannot be used: {error.reason}; mend it or remove it."
        ) from error
