"""Where likely images of many places differ, drawn in colours in the place of the images."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from cae.decoding.lens import Lens
from cae.decoding.plane import Plane
from cae.decoding.rendering import Rendering
from cae.decoding.spread import deviation_map
from cae.export.spread import deviation_limit, deviation_picture
from cae.progress import Progress

DRAWS_APART = 4
_Places = TypeVar("_Places", Lens, Plane)


def drawn_apart(
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
