"""The space that latents lie in: a unit sphere for what images mean, a flat space for detail."""

from dataclasses import dataclass

import numpy as np

# Below this a sum of directions has none that is more than rounding.
_NO_LENGTH = 1e-9


@dataclass(frozen=True)
class LatentSpace:
    """The product of the unit sphere of the first m numbers and the flat space of the others.

    Whatever is between images, beside them or their mean has to stay on it: a latent off the
    sphere is none that an encoder returns, and what it is decoded to stands for no image.

    Attributes:
        semantic: m, numbers of unit length; 0 where all is flat.
    """

    semantic: int = 0

    def onto(self, latents: np.ndarray) -> np.ndarray:
        """Give the semantic parts of vectors (…, d) unit length; the detail stays.

        A part of zeros has no direction, and takes that of the first axis.
        """
        parts = np.array(latents, dtype=np.float64)
        if self.semantic:
            meaning = parts[..., : self.semantic]
            lengths = np.linalg.norm(meaning, axis=-1, keepdims=True)
            first = np.eye(self.semantic)[0]
            parts[..., : self.semantic] = np.where(
                lengths < _NO_LENGTH, first, meaning / np.maximum(lengths, _NO_LENGTH)
            )
        return parts

    def between(self, start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Return the latents at some shares of the shortest way from one latent to another.

        The semantic part turns at a constant rate along a great circle (slerp, Shoemake 1985),
        while the detail changes evenly. Between opposite directions the turn goes through the
        axis most at right angles to them.

        Args:
            start: (d,).
            end: (d,).
            share: (S,), 0 at the start, 1 at the end.

        Returns:
            float64, (S, d).
        """
        start, end = self.onto(start), self.onto(end)
        share = np.asarray(share, dtype=np.float64)[:, None]
        found: np.ndarray = (1 - share) * start + share * end
        if self.semantic:
            first, last = start[: self.semantic], end[: self.semantic]
            turn = share * _angle(first, last)
            turned = np.cos(turn) * first + np.sin(turn) * _sideways(first, last)
            found[:, : self.semantic] = turned
        return found

    def lengths(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return how long the shortest ways between pairs of latents (P, d) are, float64 (P,)."""
        starts, ends = self.onto(starts), self.onto(ends)
        size = self.semantic
        turns = _angle(starts[:, :size], ends[:, :size])
        lengths: np.ndarray = np.hypot(
            turns, np.linalg.norm(starts[:, size:] - ends[:, size:], axis=1)
        )
        return lengths


def _angle(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    # Unlike arccos of the product, this stays exact for nearly equal and opposite directions.
    apart, together = (np.linalg.norm(both, axis=-1) for both in (first - last, first + last))
    angle: np.ndarray = 2 * np.arctan2(apart, together)
    return angle


def _sideways(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the unit vector at right angles to `first` on the way to `last`."""
    across = last - (first @ last) * first
    if np.linalg.norm(across) < _NO_LENGTH:
        axis = np.eye(len(first))[np.abs(first).argmin()]
        across = axis - (first @ axis) * first
    length = np.linalg.norm(across)
    unit: np.ndarray = across / length if length > 0 else across
    return unit
