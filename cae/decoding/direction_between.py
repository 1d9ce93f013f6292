"""The direction between two groups of a study's images."""

from typing import TYPE_CHECKING

import numpy as np

from cae.latent.direction import Direction, difference_direction
from cae.latent.spread import evenly_spread

if TYPE_CHECKING:
    from cae.study.study import Study

_MOST_IMAGES = 50_000


def direction_between(
    study: "Study",
    name: str,
    group: np.ndarray,
    other: np.ndarray,
    *,
    towards: str = "",
    away: str = "",
) -> Direction:
    """Return the direction from the mean latent of `other` to that of `group`.

    Of more than 50,000 images of a group so many, evenly spread, are looked at.

    Args:
        study: a study with latents.
        name: of the direction.
        group: rows, at least one.
        other: rows, at least one.
        towards: what `group` is called, for the facts.
        away: what `other` is called.

    Raises:
        CaeError: a group is empty, both have the same mean, or the study is not encoded.
    """
    found = difference_direction(name, _latents(study, group), _latents(study, other))
    return Direction(name, found.vector, {**found.facts, "towards": towards, "away": away})


def _latents(study: "Study", rows: np.ndarray) -> np.ndarray:
    spread = rows[evenly_spread(len(rows), _MOST_IMAGES)]
    return np.asarray(study.latents[spread], dtype=np.float32)
