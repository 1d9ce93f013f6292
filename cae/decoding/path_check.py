"""Whether what a path shows is what it means: its images, encoded again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cae.decoding.decoded_path import DecodedPath
from cae.errors import CaeError
from cae.latent.neighbours import unit_vectors
from cae.latent.place import place

if TYPE_CHECKING:
    from cae.study.study import Study


@dataclass(frozen=True, eq=False)
class PathCheck:
    """The images of M steps, encoded again.

    Attributes:
        latents: float32 (M, d), of the images.
        places: float32 (M, 2), where these fall on the map.
        distances: float32 (M,), cosine distance to the latents that were meant, 0–2.
    """

    latents: np.ndarray
    places: np.ndarray
    distances: np.ndarray

    @property
    def worst(self) -> int:
        """The step whose image is farthest from what was meant, from 0."""
        return int(self.distances.argmax())


def check_path(study: "Study", path: DecodedPath) -> PathCheck:
    """Encode the images that a path shows and compare their latents with those of the path.

    Raises:
        CaeError: no model of the study encodes images, or it is missing or damaged.
    """
    if not study.can_encode:
        raise CaeError(
            f"The latents of {study.path.name} came from elsewhere, so no image can be encoded "
            "again; leave the check out."
        )
    latents = study.model.encode(path.images)
    cosines = (unit_vectors(latents) * unit_vectors(path.latents)).sum(axis=1)
    distances = np.clip(1 - cosines, 0, 2).astype(np.float32)
    return PathCheck(latents, place(study.latents, study.projection, latents), distances)
