"""What a model decodes around one image, along two directions at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cae.decoding.decoded_path import require_direction, require_rows
from cae.decoding.rendering import decoded_square
from cae.errors import CaeError
from cae.latent.direction import Direction
from cae.latent.neighbours import nearest
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study


@dataclass(frozen=True, eq=False)
class Plane:
    """Synthetic images on a square grid around an image, row by row from its lower left.

    Attributes:
        row: of the image, whose own latent is in the middle.
        directions: the one to the right and the one upwards.
        side: places along each edge, odd.
        reach: how far the edges are from the middle, standard deviations of the directions.
        latents: float32 (side², d), of the places.
        images: uint8 (side², H, W, C), mean decodes.
        nearest_rows: int64 (side²,), the image with the nearest latent.
        nearest_distances: float32 (side²,), cosine distance to it, 0–2.
        off_data: bool (side²,), whether a place is far from every image, see `Support`.
    """

    row: int
    directions: tuple[Direction, Direction]
    side: int
    reach: float
    latents: np.ndarray
    images: np.ndarray
    nearest_rows: np.ndarray
    nearest_distances: np.ndarray
    off_data: np.ndarray

    @property
    def step(self) -> float:
        """From one place to the next, in both directions, standard deviations."""
        return 2 * self.reach / (self.side - 1)


def plane_latents(
    study: "Study", row: int, directions: tuple[Direction, Direction], side: int, reach: float
) -> np.ndarray:
    """Return the latents of a plane, float32 (side², d), laid out as `Plane` says.

    Each is the image's latent with so many standard deviations of both directions added, brought
    back to the space of latents.

    Raises:
        CaeError: there is no such row, a direction is of another latent space, or the side is
            even or below 3.
    """
    if side < 3 or side % 2 == 0:
        raise CaeError(f"A plane of {side} places along an edge has no middle; use 3, 5, 7, …")
    require_rows(study, [row])
    start = np.asarray(study.latents[row], np.float32)
    for one in directions:
        require_direction(one, start)
    across = np.linspace(-reach, reach, side)
    right, up = np.meshgrid(across, across)
    vectors = np.stack([one.vector for one in directions]).astype(np.float64)
    moved = start + np.stack([right.ravel(), up.ravel()], axis=1) @ vectors
    latents = study.latent_space.onto(moved).astype(np.float32)
    latents[len(latents) // 2] = start
    return latents


def decode_plane(
    study: "Study",
    row: int,
    directions: tuple[Direction, Direction],
    side: int = 25,
    reach: float = 2.0,
    progress: Progress = silent,
) -> Plane:
    """Decode a plane around an image of the study.

    Args:
        study: with its steps up to ``project`` current.
        row: of the image.
        directions: the one to the right and the one upwards, of this study's latents.
        side: places along each edge, odd, at least 3.
        reach: from the middle to the edges, standard deviations of the directions.
        progress: told of every row of places that is decoded.

    Raises:
        CaeError: as in `plane_latents`, or the study's model is missing or damaged.
    """
    latents = plane_latents(study, row, directions, side, reach)
    rows, distances = nearest(study.latents, latents, 1)
    return Plane(
        row=row,
        directions=directions,
        side=side,
        reach=reach,
        latents=latents,
        images=decoded_square(study, latents, side, progress),
        nearest_rows=rows[:, 0],
        nearest_distances=distances[:, 0],
        off_data=study.support.is_far(latents),
    )
