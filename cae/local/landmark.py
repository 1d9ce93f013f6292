"""Finding a point of one image again in others."""

from typing import NamedTuple

import numpy as np

# Shares of the image's side.
_SAME_PEAK = 0.1  # other peaks this near to the best are part of it
_SPACING = 1 / 16  # between the points of a constellation
# How much the point itself counts beside each of its neighbours.
_CENTRE = 2.0
# By how much a turned or mirrored constellation must match better: images mostly lie alike.
_TURNED = 0.1
_MOVES = tuple(
    np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), turns) @ np.diag([mirrored, 1])
    for mirrored in (1, -1)
    for turns in range(4)
)


class Constellation(NamedTuple):
    """A point of an image and up to eight about it that belong together.

    Attributes:
        points: float32 (P, d), embeddings of unit length; the first is that of the point itself.
        offsets: int64 (P, 2), where they lie from it, in columns and rows.
    """

    points: np.ndarray
    offsets: np.ndarray


class Landmarks(NamedTuple):
    """Where a point was found in each of N images.

    Attributes:
        xy: int64 (N, 2), column and row of the pixel that matches best.
        similarity: float32 (N,), its cosine to the point, −1…1.
        confidence: float32 (N,), 0–2, by how much it matches better than the best pixel
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
    cosines: np.ndarray = np.clip(np.asarray(embeddings, np.float32) @ point, -1, 1)
    return cosines


def constellation(embeddings: np.ndarray, x: int, y: int) -> Constellation:
    """Return the point in column `x` and row `y` of embeddings (H, W, d), and those about it.

    Those that would lie outside the image are left out.
    """
    height, width, _ = embeddings.shape
    step = max(1, round(_SPACING * max(height, width)))
    offsets = [(0, 0)] + [
        (dx, dy) for dx in (-step, 0, step) for dy in (-step, 0, step) if dx or dy
    ]
    inside = [(dx, dy) for dx, dy in offsets if 0 <= x + dx < width and 0 <= y + dy < height]
    points = [point_embedding(embeddings, x + dx, y + dy) for dx, dy in inside]
    return Constellation(np.stack(points), np.array(inside))


def match_map(embeddings: np.ndarray, of: Constellation, has_moves: bool) -> np.ndarray:
    """Return how well every pixel and what surrounds it match a constellation.

    Where a pixel alone is like many others, what lies about it tells which is meant.

    Args:
        embeddings: (N, H, W, d), of unit length.
        of: the constellation.
        has_moves: whether images may be mirrored and turned by quarters, so that the
            constellation is looked for in these poses too.

    Returns:
        float32 (N, H, W), −1…1.
    """
    maps = np.stack([similarity_map(embeddings, point) for point in of.points])
    weights = np.full(len(maps), 1.0, np.float32)
    weights[0] = _CENTRE
    weights /= weights.sum()
    matches: list[np.ndarray] = []
    for move in _MOVES if has_moves else _MOVES[:1]:
        places = of.offsets @ move.T
        matches.append(
            sum(
                (
                    weight * _shifted(each, *place)
                    for weight, each, place in zip(weights, maps, places, strict=True)
                ),
                start=np.zeros_like(maps[0]),
            )
        )
    straight, *turned = matches
    best: np.ndarray = np.maximum.reduce([straight, *(match - _TURNED for match in turned)])
    return best


def _shifted(maps: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Return what lies `dx` columns and `dy` rows from each pixel of maps (N, H, W).

    Beyond the border it is as on the border.
    """
    _, height, width = maps.shape
    rows = np.clip(np.arange(height) + dy, 0, height - 1)
    columns = np.clip(np.arange(width) + dx, 0, width - 1)
    return maps[:, rows[:, None], columns]


def find_landmark(match: np.ndarray, similarity: np.ndarray) -> Landmarks:
    """Return the pixel of each image that matches best.

    Args:
        match: (N, H, W), as `match_map` returns it.
        similarity: (N, H, W), as `similarity_map` returns it.

    Source: one-shot landmark localisation of Chen et al. 2021, arXiv 2108.09440, who take the most
    similar pixel; the constellation is ours.
    """
    count, height, width = match.shape
    flat = match.reshape(count, -1)
    best = flat.argmax(axis=1)
    y, x = np.divmod(best, width)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    radius = _SAME_PEAK * max(height, width)
    confidence = np.empty(count, np.float32)
    for n in range(count):
        near = (rows - y[n]) ** 2 + (columns - x[n]) ** 2 <= radius**2
        elsewhere = match[n][~near]
        confidence[n] = flat[n, best[n]] - elsewhere.max() if elsewhere.size else 0
    return Landmarks(
        np.stack([x, y], axis=1), similarity[np.arange(count), y, x].astype(np.float32), confidence
    )
