"""What a model decodes at places of the map, also where no image lies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from cae.decoding.rendering import decoded_square
from cae.errors import CaeError
from cae.latent.space import LatentSpace
from cae.latent.support import usual_gap_on_map
from cae.progress import Progress, silent

if TYPE_CHECKING:
    from cae.study.study import Study

_NEIGHBOURS = 8
_MARGIN = 0.04
_SMALLEST_DISTANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Lens:
    """Synthetic images on a square grid over the map, row by row from its lower left.

    Attributes:
        side: places along each edge.
        left: of the first place, in the map's coordinates.
        bottom: of the first place.
        step: from one place to the next, in both directions.
        latents: float32 (side², d), of the places.
        images: uint8 (side², H, W, C), mean decodes.
        nearest_rows: int64 (side²,), the image nearest on the map.
        off_data: bool (side²,), whether the place is farther from every image than images are
            from one another, on the map or in the latent space.
    """

    side: int
    left: float
    bottom: float
    step: float
    latents: np.ndarray
    images: np.ndarray
    nearest_rows: np.ndarray
    off_data: np.ndarray


def latents_at(
    latents: np.ndarray, projection: np.ndarray, places: np.ndarray, space: LatentSpace
) -> np.ndarray:
    """Return a latent for each place of the map.

    It is the mean latent of the 8 images nearest on the map, weighted by 1 / distance² (inverse
    distance weighting, Shepard 1968), brought back to the space that latents lie in: the way back
    from a projection that has none of its own. At the place of an image it is that image's latent.

    Args:
        latents: (N, d); may be memory-mapped.
        projection: (N, 2), the map.
        places: (M, 2), finite.
        space: that latents lie in.

    Returns:
        float32, (M, d).

    Raises:
        CaeError: a place is not finite.
    """
    places = np.asarray(places, dtype=np.float64)
    if not np.isfinite(places).all():
        raise CaeError("A place on the map is no number; point at the map again.")
    rows, distances = _nearest_on_map(projection, places, _NEIGHBOURS)
    weights = 1 / np.maximum(distances, _SMALLEST_DISTANCE) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    found, where = np.unique(rows, return_inverse=True)
    members = np.asarray(latents[found], dtype=np.float64)[where.reshape(rows.shape)]
    mean = space.onto(np.einsum("mk,mkd->md", weights, members))
    return mean.astype(np.float32)


def decode_lens(study: "Study", side: int = 40, progress: Progress = silent) -> Lens:
    """Decode a grid of places that covers the whole map.

    Args:
        study: with its steps up to ``project`` current.
        side: places along each edge, at least 2.
        progress: told of every row of places that is decoded.

    Raises:
        CaeError: a step was not run, or the study's model is missing or damaged.
    """
    projection = np.asarray(study.projection, dtype=np.float64)
    low, high = projection.min(axis=0), projection.max(axis=0)
    extent = max(float((high - low).max()), 1e-6) * (1 + 2 * _MARGIN)
    left, bottom = (low + high - extent) / 2
    step = extent / (side - 1)
    across = np.arange(side) * step
    places = np.stack(np.meshgrid(left + across, bottom + across), axis=-1).reshape(-1, 2)
    latents = latents_at(study.latents, projection, places, study.latent_space)
    rows, gaps = _nearest_on_map(projection, places, 1)
    # The mean of images is near to them wherever on the map it is taken. A place stands for the
    # square around it, whose corners are half a diagonal away.
    is_empty = gaps[:, 0] > max(usual_gap_on_map(projection), step / np.sqrt(2))
    off_data = is_empty.copy()
    # There is always a place that is not empty: the nearest to any image.
    off_data[~is_empty] = study.support.is_far(latents[~is_empty])
    return Lens(
        side=side,
        left=float(left),
        bottom=float(bottom),
        step=float(step),
        latents=latents,
        images=decoded_square(study, latents, side, progress),
        nearest_rows=rows[:, 0],
        off_data=off_data,
    )


def _nearest_on_map(
    projection: np.ndarray, places: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    count = min(count, len(projection))
    distances, rows = cKDTree(np.asarray(projection)).query(places, list(range(1, count + 1)))
    return np.asarray(rows, np.int64), np.asarray(distances)
