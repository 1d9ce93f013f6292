"""Finding a point of one image again in others."""

from typing import NamedTuple

import numpy as np

# Other peaks this near to the best are part of it, as a share of the image's side.
_SAME_PEAK = 0.1


class Landmarks(NamedTuple):
    """Where a point was found in each of N images.

    Attributes:
        xy: int64 (N, 2), column and row of the most similar pixel.
        similarity: float32 (N,), its cosine to the point, −1…1.
        confidence: float32 (N,), 0–2, by how much it is more similar than the best pixel
            elsewhere; near 0 the point might as well be somewhere else.
    """

    xy: np.ndarray
    similarity: np.ndarray
    confidence: np.ndarray


def point_embedding(embeddings: np.ndarray, x: int, y: int) -> np.ndarray:
    """Return the embedding (d,) of the pixel in column `x` and row `y` of embeddings (H, W, d)."""
    return np.asarray(embeddings[y, x], np.float32)


def similarity_map(embeddings: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Return the cosine of every pixel to a point.

    Args:
        embeddings: (..., H, W, d), of unit length.
        point: (d,), of unit length, as `point_embedding` returns it.

    Returns:
        float32 (..., H, W), −1…1.
    """
    return np.clip(np.asarray(embeddings, np.float32) @ point, -1, 1)


def find_landmark(similarity: np.ndarray) -> Landmarks:
    """Return the most similar pixel of each image.

    Args:
        similarity: (N, H, W), as `similarity_map` returns it.

    Source: one-shot landmark localisation of Chen et al. 2021, arXiv 2108.09440.
    """
    count, height, width = similarity.shape
    flat = similarity.reshape(count, -1)
    best = flat.argmax(axis=1)
    y, x = np.divmod(best, width)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    radius = _SAME_PEAK * max(height, width)
    confidence = np.empty(count, np.float32)
    for n in range(count):
        near = (rows - y[n]) ** 2 + (columns - x[n]) ** 2 <= radius**2
        elsewhere = similarity[n][~near]
        confidence[n] = flat[n, best[n]] - elsewhere.max() if elsewhere.size else 0
    return Landmarks(
        np.stack([x, y], axis=1), flat[np.arange(count), best].astype(np.float32), confidence
    )
