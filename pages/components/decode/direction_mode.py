"""Interpolate, direction: how one image changes along a direction of the latent space."""

import numpy as np
import streamlit as st

from cae.decoding.decoded_path import DIRECTION_STEPS, REACHES, LatentPath, walk_direction
from cae.latent.direction import Direction
from cae.study.study import Study
from pages.components.decode.anchor_map import anchor_map
from pages.components.decode.anchor_picker import anchor_picker
from pages.components.decode.anchors import anchor_card, anchors
from pages.components.decode.decoded_film import decoded_film, film_name
from pages.components.decode.direction_choice import direction_choice
from pages.components.decode.new_direction import new_direction
from pages.components.kit.cache import cache_resource
from pages.components.state import session
from pages.components.state.study_view import study_key

MODE = "direction"
_WITHIN = 0.0


def direction_mode(study: Study) -> None:
    """Show map, image, direction and the image changed along it."""
    chosen = dict(list(anchors(study, 1).items())[:1])
    left, right = st.columns([3, 2], gap="medium")
    with right:
        anchor_card(study, "a", chosen["a"])
        anchor_picker(study, "a")
        direction = direction_choice(study)
        new_direction(study)
        reach = st.segmented_control(
            "How far",
            [_WITHIN, *REACHES[::-1]],
            default=_WITHIN,
            required=True,
            format_func=lambda reach: "Within the images" if reach == _WITHIN else f"±{reach:g} σ",
            help="Beyond the images decoding is a guess, and such steps are marked.",
            key=session.control_key("reach"),
        )
    path = _walked(
        study_key(study),
        chosen["a"],
        direction.name,
        direction.vector,
        None if reach == _WITHIN else reach,
        direction,
        study,
    )
    with left:
        anchor_map(study, chosen, ("a",), path.places, film_name(MODE))
        strip = st.container()
    with right:
        decoded_film(study, path, MODE, strip, reference=DIRECTION_STEPS // 2)


@cache_resource(max_entries=64)
def _walked(
    key: tuple[str, ...],
    row: int,
    name: str,
    vector: np.ndarray,
    reach: float | None,
    _direction: Direction,
    _study: Study,
) -> LatentPath:
    return walk_direction(_study, row, _direction, reach)
