"""A latent or an image from outside among the images of a study."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cae.errors import CaeError
from cae.latent.neighbours import nearest
from cae.latent.place import place
from cae.sources.fitting import fit_channels, fit_square

if TYPE_CHECKING:
    from cae.study.study import Study


@dataclass(frozen=True, eq=False)
class Lookup:
    """Where a latent belongs among the images of a study.

    Attributes:
        latent: float32, (d,).
        rows: of the nearest images, int64 (k,), nearest first.
        distances: cosine, to these, float32 (k,), 0–2.
        position: on the map, float32 (2,); None before ``project``.
        is_off_data: whether it is far from every image, see `Support`.
    """

    latent: np.ndarray
    rows: np.ndarray
    distances: np.ndarray
    position: np.ndarray | None
    is_off_data: bool


def look_up_latent(study: "Study", latent: np.ndarray, k: int = 12) -> Lookup:
    """Find the images nearest to a latent (d,), such as that of a decoded image.

    Raises:
        CaeError: the study has no latents, or the latent is not finite or of another length.
    """
    latent = np.asarray(latent, dtype=np.float32)
    rows, distances = nearest(study.latents, latent[None], k)
    position = None
    if study.is_done("project"):
        position = place(study.latents, study.projection, latent[None])[0]
    is_off_data = bool(study.support.is_far(latent[None])[0])
    return Lookup(latent, rows[0], distances[0], position, is_off_data)


def fit_to_study(study: "Study", pixels: np.ndarray) -> np.ndarray:
    """Bring an image to the size and channels of a study's images, without distortion.

    Args:
        study: any study.
        pixels: uint8, (H, W) or (H, W, C) with C 1 or 3.

    Returns:
        uint8, (S, S, C).
    """
    size, channels = study.images.shape[1], study.images.shape[3]
    return fit_channels(fit_square(pixels, size), channels)


def look_up_image(study: "Study", image: np.ndarray, k: int = 12) -> Lookup:
    """Encode an image that `fit_to_study` made and find the images nearest to it.

    Raises:
        CaeError: the study has no model or no latents.
    """
    if study.brought:
        raise CaeError(
            f"The latents of this study came from elsewhere ({study.brought['file']}), so a new "
            "image can be placed among them only by what made them."
        )
    return look_up_latent(study, study.model.encode(image[None])[0], k)
