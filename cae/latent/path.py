"""Ways through latent space from one anchor to the next."""

from collections.abc import Callable

import numpy as np

from cae.errors import CaeError
from cae.latent.spread import require_latents

_Segment = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def linear_path(anchors: np.ndarray, steps: int) -> np.ndarray:
    """Walk straight from anchor to anchor.

    Args:
        anchors: (A, d), finite, two or more.
        steps: number of latents in all, both ends included; at least A. Between anchors they
            are spread in proportion to the distance.

    Returns:
        float32, (steps, d); every anchor is hit exactly.

    Raises:
        CaeError: fewer than two anchors, fewer steps than anchors, or anchors not finite.
    """
    anchors = _checked(anchors, steps)
    lengths = np.linalg.norm(np.diff(anchors, axis=0), axis=1)
    return _walk(anchors, anchor_steps(lengths, steps), _straight)


def spherical_path(anchors: np.ndarray, steps: int) -> np.ndarray:
    """Walk along great circles from anchor to anchor (slerp, Shoemake 1985).

    The direction turns at a constant rate while the norm changes linearly. Between opposite
    directions the turn goes through the coordinate axis most at right angles to them; a vector
    of zeros has no direction and takes the other anchor's.

    Args:
        anchors: (A, d), finite, two or more.
        steps: number of latents in all, both ends included; at least A. Between anchors they
            are spread in proportion to the length of the way.

    Returns:
        float32, (steps, d); every anchor is hit exactly.

    Raises:
        CaeError: fewer than two anchors, fewer steps than anchors, or anchors not finite.

    Example:
        >>> import numpy as np
        >>> spherical_path(np.array([[1.0, 0.0], [0.0, 2.0]]), steps=3).round(2).tolist()
        [[1.0, 0.0], [1.059999942779541, 1.059999942779541], [0.0, 2.0]]
    """
    anchors = _checked(anchors, steps)
    lengths = np.array([_spiral_length(*pair) for pair in zip(anchors, anchors[1:], strict=False)])
    return _walk(anchors, anchor_steps(lengths, steps), _slerp)


def latent_grid(anchors: np.ndarray, side: int) -> np.ndarray:
    """Fill the square between four anchors evenly.

    Args:
        anchors: (4, d), finite: upper left, upper right, lower left, lower right.
        side: latents along each edge, at least 2.

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
    share = np.linspace(0, 1, side)[:, None, None]
    left, right = (_straight(anchors[i], anchors[i + 2], share[:, 0]) for i in (0, 1))
    rows = _straight(left[:, None], right[:, None], share.transpose(1, 0, 2))
    return rows.reshape(side * side, -1).astype(np.float32)


def _checked(anchors: np.ndarray, steps: int) -> np.ndarray:
    anchors = np.asarray(anchors, dtype=np.float64)
    require_latents(anchors, "anchors")
    if len(anchors) < 2:
        raise CaeError(f"A path needs two anchors or more, but {len(anchors)} are set; add one.")
    if steps < len(anchors):
        raise CaeError(
            f"A path through {len(anchors)} anchors needs at least as many steps, not {steps}."
        )
    return anchors


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


def _walk(anchors: np.ndarray, rows: np.ndarray, segment: _Segment) -> np.ndarray:
    path = np.empty((rows[-1] + 1, anchors.shape[1]))
    for index, (first, last) in enumerate(zip(rows, rows[1:], strict=False)):
        share = np.linspace(0, 1, last - first + 1)[:, None]
        path[first : last + 1] = segment(anchors[index], anchors[index + 1], share)
    path[rows] = anchors
    return path.astype(np.float32)


def _straight(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    between: np.ndarray = (1 - share) * start + share * end
    return between


def _slerp(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(start), np.linalg.norm(end)
    if min(norms) == 0:
        return _straight(start, end, share)
    first, last = start / norms[0], end / norms[1]
    angle = _angle(first, last)
    sideways = _sideways(first, last)
    direction = np.cos(share * angle) * first + np.sin(share * angle) * sideways
    between: np.ndarray = ((1 - share) * norms[0] + share * norms[1]) * direction
    return between


def _angle(first: np.ndarray, last: np.ndarray) -> float:
    # Unlike arccos of the product, this stays exact for nearly equal and opposite directions.
    return float(2 * np.arctan2(np.linalg.norm(first - last), np.linalg.norm(first + last)))


def _sideways(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the unit vector at right angles to `first` on the way to `last`."""
    across = last - (first @ last) * first
    if np.linalg.norm(across) < 1e-9:
        axis = np.eye(len(first))[np.abs(first).argmin()]
        across = axis - (first @ axis) * first
    length = np.linalg.norm(across)
    unit: np.ndarray = across / length if length > 0 else across
    return unit


def _spiral_length(start: np.ndarray, end: np.ndarray) -> float:
    norms = np.linalg.norm(start), np.linalg.norm(end)
    if min(norms) == 0:
        return float(max(norms))
    turn = _angle(start / norms[0], end / norms[1]) * sum(norms) / 2
    return float(np.hypot(turn, norms[1] - norms[0]))
