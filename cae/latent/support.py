"""Where the images are: how far a latent may be from the nearest of them before it leaves them."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cae.latent.space import LatentSpace
from cae.latent.spread import evenly_spread

_MOST_IMAGES = 500
_MOST_PLACES = 10_000
_USUAL = 0.99


@dataclass(frozen=True, eq=False)
class Support:
    """The images of a study in the space of their latents.

    A latent whose meaning or whose detail is farther from that of every image than images are from
    one another lies where the model has seen next to nothing, and what it decodes there is a
    guess. Each is looked at by itself, as one would drown the other; both distances are euclidean,
    so that a latent that is merely too long is far as well.

    Attributes:
        latents: (N, d), of the images; may be memory-mapped.
        space: that they lie in.
        gaps: the distance within which 99 % of the images have another image, for each part that
            the space has; infinite for a single image.
    """

    latents: np.ndarray
    space: LatentSpace
    gaps: tuple[float, ...]

    @classmethod
    def of(cls, latents: np.ndarray, space: LatentSpace) -> "Support":
        """Measure how near images are to one another.

        At most 500 of them, evenly spread over the rows, are asked, all are looked at.
        """
        asked = evenly_spread(len(latents), _MOST_IMAGES)
        gaps = []
        for part in _parts(latents, space):
            if len(latents) < 2:
                gaps.append(np.inf)
                continue
            # The nearest of all is the image itself or one that is the very same.
            others = _nearest(latents[:, part], latents[asked, part], 2)[:, 1]
            gaps.append(float(np.quantile(others, _USUAL)))
        return cls(latents, space, tuple(gaps))

    def is_far(self, latents: np.ndarray) -> np.ndarray:
        """Return which of some latents (M, d) are far from every image, bool (M,)."""
        far = [
            _nearest(self.latents[:, part], latents[:, part], 1)[:, 0] > gap
            for part, gap in zip(_parts(self.latents, self.space), self.gaps, strict=True)
        ]
        is_far: np.ndarray = np.any(far, axis=0)
        return is_far


def _parts(latents: np.ndarray, space: LatentSpace) -> list[slice]:
    """Return the columns of the semantic part and of the detail, of those that there are."""
    ends = [0, space.semantic, latents.shape[1]]
    return [slice(a, b) for a, b in zip(ends, ends[1:], strict=False) if a < b]


def _nearest(points: np.ndarray, queries: np.ndarray, count: int) -> np.ndarray:
    """Return the distances to the `count` nearest points (N, D) of each query, ascending."""
    from sklearn.neighbors import NearestNeighbors

    finder = NearestNeighbors(algorithm="brute").fit(np.asarray(points, dtype=np.float32))
    distances, _ = finder.kneighbors(np.asarray(queries, dtype=np.float32), count)
    found: np.ndarray = distances
    return found


def usual_gap_on_map(projection: np.ndarray) -> float:
    """Return the distance on a map within which 99 % of the images have another image.

    Where it is farther to every image the map is empty, and what a latent from there is decoded to
    says nothing of an image. At most 10,000 images, evenly spread over the rows, are asked, all are
    looked at.

    Args:
        projection: (N, 2 or 3).

    Returns:
        At least 0, in the map's units; infinite for a single image.
    """
    if len(projection) < 2:
        return np.inf
    asked = projection[evenly_spread(len(projection), _MOST_PLACES)]
    distances, _ = cKDTree(np.asarray(projection)).query(asked, [2])
    return float(np.quantile(distances, _USUAL))
