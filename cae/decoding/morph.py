"""A row of images, all changed along one direction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cae.decoding.decoded_path import (
    LatentPath,
    anchor_letters,
    described_path,
    moved_along,
    require_direction,
    require_rows,
)
from cae.errors import CaeError
from cae.latent.direction import Direction
from cae.number_text import deviations_text

if TYPE_CHECKING:
    from cae.study.study import Study

MOST_IMAGES = 8
STEPS, REACH = 7, 2.0


def walk_morph(
    study: "Study", rows: Sequence[int], direction: Direction, reach: float = REACH
) -> LatentPath:
    """Change the latents of several images along a direction, to either side.

    A row of 7 steps per image; the middle one is the image's own latent. Needs no model.

    Args:
        study: with its steps up to ``project`` current.
        rows: of the images, one to eight, each once.
        direction: of this study's latent space.
        reach: to either side, standard deviations of the direction.

    Raises:
        CaeError: so many images are not offered, one comes twice or is none of the study, or the
            direction is of another latent space.
    """
    if not 1 <= len(rows) <= MOST_IMAGES or len(set(rows)) < len(rows):
        raise CaeError(f"Choose 1 to {MOST_IMAGES} images, each once, to change them together.")
    require_rows(study, rows)
    deviations = np.linspace(-reach, reach, STEPS)
    latents, captions = [], []
    for letter, row in zip(anchor_letters(rows), rows, strict=True):
        start = np.asarray(study.latents[row], np.float32)
        require_direction(direction, start)
        changed = moved_along(study, start, direction.vector, deviations)
        changed[STEPS // 2] = start
        latents.append(changed)
        captions += [
            f"{letter}, {deviations_text(value)}" if value else f"{letter} itself"
            for value in deviations
        ]
    facts = {
        "columns": STEPS,
        "direction": {"name": direction.name, **direction.facts},
        "deviations": deviations.tolist(),
    }
    return described_path(study, rows, "morph", np.concatenate(latents), captions, facts)
