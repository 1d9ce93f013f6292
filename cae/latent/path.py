"""The shortest ways through latent space from one anchor to the next, and what they enclose."""

import numpy as np

from cae.errors import CaeError
from cae.latent.space import LatentSpace
from cae.latent.spread import require_latents


def geodesic_path(anchors: np.ndarray, steps: int, space: LatentSpace) -> np.ndarray:
    """Walk the shortest way from anchor to anchor, see `LatentSpace.between`.

    Args:
        anchors: (A, d), latents, two or more.
        steps: number of latents in all, both ends included; at least A. Between anchors they
            are spread in proportion to the length of the way.
        space: that latents lie in.

    Returns:
        float32, (steps, d); every anchor is hit exactly.

    Raises:
        CaeError: fewer than two anchors, fewer steps than anchors, or anchors not finite.

    Example:
        >>> import numpy as np
        >>> from cae.latent.space import LatentSpace
        >>> anchors = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 4.0]])
        >>> geodesic_path(anchors, 3, LatentSpace(semantic=2)).round(2).tolist()
        [[1.0, 0.0, 2.0], [0.7099999785423279, 0.7099999785423279, 3.0], [0.0, 1.0, 4.0]]
    """
    anchors = np.asarray(anchors, dtype=np.float64)
    require_latents(anchors, "anchors")
    if len(anchors) < 2:
        raise CaeError(f"A path needs two anchors or more, but {len(anchors)} are set; add one.")
    if steps < len(anchors):
        raise CaeError(
            f"A path through {len(anchors)} anchors needs at least as many steps, not {steps}."
        )
    rows = anchor_steps(space.lengths(anchors[:-1], anchors[1:]), steps)
    path = np.empty((steps, anchors.shape[1]))
    for index, (first, last) in enumerate(zip(rows, rows[1:], strict=False)):
        share = np.linspace(0, 1, last - first + 1)
        path[first : last + 1] = space.between(anchors[index], anchors[index + 1], share)
    path[rows] = anchors
    return path.astype(np.float32)


def latent_grid(anchors: np.ndarray, side: int, space: LatentSpace) -> np.ndarray:
    """Fill the square between four anchors evenly.

    Each latent is the bilinear mean of the anchors, brought back to the space that latents lie in.

    Args:
        anchors: (4, d), latents: upper left, upper right, lower left, lower right.
        side: latents along each edge, at least 2.
        space: that latents lie in.

    Returns:
        float32, (side², d), row by row; the corners are the anchors exactly.

    Raises:
        CaeError: not four anchors, fewer than two along an edge, or anchors not finite.
    """
    anchors = np.asarray(anchors, dtype=np.float64)
    require_latents(anchors, "anchors")
    if len(anchors) != 4:
        raise CaeError(f"A grid lies between four anchors, but {len(anchors)} are set.")
    if side < 2:
        raise CaeError(f"A grid of {side} along an edge has no corners; use 2 or more.")
    right = np.linspace(0, 1, side)
    weights = np.einsum("ri,cj->rcij", np.c_[1 - right, right], np.c_[1 - right, right])
    grid = space.onto(weights.reshape(-1, 4) @ anchors)
    grid[[0, side - 1, side * (side - 1), side * side - 1]] = anchors
    return grid.astype(np.float32)


def anchor_steps(lengths: np.ndarray, steps: int) -> np.ndarray:
    """Return at which step each anchor lies: one step per segment, more for long ones.

    Args:
        lengths: (A − 1,), of the segments between anchors.
        steps: of the whole path, at least A.
    """
    spare = steps - 1 - len(lengths)
    total = lengths.sum()
    shares = lengths / total if total > 0 else np.full(len(lengths), 1 / len(lengths))
    # One step each is given; the aim is a number of steps in proportion to the length.
    wanted = np.maximum(shares * (steps - 1) - 1, 0)
    wanted *= spare / max(wanted.sum(), 1e-300)
    extra = np.floor(wanted).astype(int)
    largest_remainder = np.argsort(-(wanted - extra), kind="stable")
    extra[largest_remainder[: spare - extra.sum()]] += 1
    return np.concatenate([[0], np.cumsum(1 + extra)])
