"""Several images that one latent may be of, and where they differ."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cae.decoding.rendering import LIKELY, Rendering, render

if TYPE_CHECKING:
    from cae.study.study import Study

DRAWS = 8


@dataclass(frozen=True, eq=False)
class Spread:
    """What one latent leaves open.

    Attributes:
        mean: uint8 (H, W, C), its mean decode.
        images: uint8 (K, H, W, C), likely images.
        renderings: (K,), how each of these was made.
        deviation: float32 (H, W), their standard deviation in grey levels (0–255), in colours the
            root mean square of that of the channels: the map of what is invented.
        is_off_data: whether the latent is far from every image, see `Support`.
    """

    mean: np.ndarray
    images: np.ndarray
    renderings: tuple[Rendering, ...]
    deviation: np.ndarray
    is_off_data: bool = False


def draw_spread(study: "Study", latent: np.ndarray, seed: int, draws: int = DRAWS) -> Spread:
    """Draw likely images of a latent (d,), with the seeds from `seed` on.

    Raises:
        CaeError: the study has no sharp decoder, or a seed is too high.
    """
    latent = np.asarray(latent, np.float32)[None]
    mean = study.model.decode(latent)
    latents, means = np.repeat(latent, draws, axis=0), np.repeat(mean, draws, axis=0)
    images = render(study, latents, Rendering(LIKELY, seed), means, apart=True)
    renderings = tuple(Rendering(LIKELY, seed + number) for number in range(draws))
    is_off_data = bool(study.support.is_far(latent)[0])
    return Spread(mean[0], images, renderings, deviation_map(images), is_off_data)


def deviation_map(images: np.ndarray) -> np.ndarray:
    """Return where images (uint8, (K, H, W, C)) differ, float32 (H, W) in grey levels."""
    variance = images.astype(np.float32).var(axis=0)
    found: np.ndarray = np.sqrt(variance.mean(axis=-1))
    return found
