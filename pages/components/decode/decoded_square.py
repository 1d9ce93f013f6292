"""Squares of many places, decoded as the page shows images: how they are, or where they differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from cae.decoding.lens import Lens
from cae.decoding.plane import Plane
from cae.decoding.rendering import MEAN, Rendering
from cae.decoding.spread import deviation_map
from cae.export.spread import deviation_limit, deviation_picture
from cae.progress import Progress
from cae.study.study import Study
from pages.components.decode.lens import lens_sheets
from pages.components.state.rendering_switch import Shown

DRAWS_APART = 4
_Places = TypeVar("_Places", Lens, Plane)


@dataclass(frozen=True)
class Sides:
    """Places along an edge: of mean decodes, of likely images, and of how these differ."""

    mean: int
    likely: int
    spread: int

    def of(self, shown: Shown) -> int:
        """Return how many there are where images are shown like that."""
        if shown.rendering.kind == MEAN:
            return self.mean
        return self.spread if shown.is_spread else self.likely


def decoded_square(
    study: Study,
    decode: Callable[[Rendering, Progress], _Places],
    shown: Shown,
    progress: Progress,
) -> tuple[_Places, tuple[str, str], float]:
    """Return a square of places, the addresses of its sheets, and the highest deviation.

    The last is the deviation that has the last colour where the square shows how likely images
    differ, else 0.

    Args:
        study: that is decoded.
        decode: decodes all places.
        shown: how images are shown.
        progress: told of all that is decoded.
    """
    limit = 0.0
    if shown.is_spread:
        places, limit = _drawn_apart(decode, shown.rendering, progress)
    else:
        places = decode(shown.rendering, progress)
    return places, lens_sheets(study, places), limit


def _drawn_apart(
    decode: Callable[[Rendering, Progress], _Places], rendering: Rendering, progress: Progress
) -> tuple[_Places, float]:
    """Return places whose images show where four likely ones differ, and the highest deviation.

    Args:
        decode: decodes all places.
        rendering: of the first draw; the others have the seeds behind it.
        progress: told of all draws.
    """
    drawn = []
    for number in range(DRAWS_APART):
        draw = replace(rendering, seed=rendering.seed + number)
        drawn.append(decode(draw, _part_of(progress, number)))
    images = np.stack([places.images for places in drawn])
    deviations = np.stack([deviation_map(images[:, place]) for place in range(images.shape[1])])
    limit = deviation_limit(deviations)
    return replace(drawn[0], images=deviation_picture(deviations, limit)), limit


def _part_of(progress: Progress, number: int) -> Progress:
    """Return what tells `progress` of one of the draws as a part of all."""
    return lambda done, total, message="": progress(
        number * total + done, DRAWS_APART * total, message
    )
