"""Interpolate, direction: how one image changes along a direction of the latent space."""

import numpy as np
import streamlit as st

from cae.decoding.decoded_path import DIRECTION_STEPS, REACHES, LatentPath, walk_direction
from cae.decoding.morph import MOST_IMAGES, STEPS, walk_morph
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
from pages.components.state.study_view import study_key, study_table

MODE = "direction"
_SEVERAL = "morph"
_WITHIN = 0.0


def direction_mode(study: Study) -> None:
    """Show map, image, direction and the image changed along it, or a row of images."""
    selected = session.current_selection().rows
    if session.view().morph and 1 < len(selected) <= MOST_IMAGES:
        _several(study, selected)
    else:
        _one(study, selected)


def _one(study: Study, selected: np.ndarray) -> None:
    chosen = dict(list(anchors(study, 1).items())[:1])
    left, right = st.columns([3, 2], gap="medium")
    with right:
        _switch(selected)
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
        middle = np.full(len(path), DIRECTION_STEPS // 2)
        decoded_film(study, path, MODE, strip, references=middle)


def _several(study: Study, selected: np.ndarray) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with right:
        _switch(selected)
        direction = direction_choice(study)
        new_direction(study)
        reach = st.segmented_control(
            "How far",
            REACHES[::-1],
            default=REACHES[1],
            required=True,
            format_func=lambda reach: f"±{reach:g} σ",
            help="Beyond the images decoding is a guess, and such steps are marked.",
            key=session.control_key("morph reach"),
        )
        path = _morphed(
            study_key(study), selected, direction.name, direction.vector, reach, direction, study
        )
        ids = study_table(study)["id"]
        middles = np.arange(len(path)) // STEPS * STEPS + STEPS // 2
        titles = [
            f"{letter} · {ids.iloc[row]}"
            for letter, row in zip(path.letters, selected, strict=True)
        ]
        decoded_film(study, path, _SEVERAL, left.container(), references=middles, rows=titles)


def _switch(selected: np.ndarray) -> None:
    """Let one image, or all that are selected, be changed."""
    is_possible = 1 < len(selected) <= MOST_IMAGES
    several = f"The {len(selected)} selected" if is_possible else "The selected"
    names = {False: "One image", True: several}
    key = session.control("morph", names[session.view().morph and is_possible])
    st.segmented_control(
        "What is changed",
        list(names.values()),
        required=True,
        key=key,
        disabled=not is_possible,
        help=f"Select 2 to {MOST_IMAGES} images on the page Explore to change them together",
        on_change=lambda: session.look(morph=st.session_state[key] == several),
    )


@cache_resource(max_entries=16)
def _morphed(
    key: tuple[str, ...],
    rows: np.ndarray,
    name: str,
    vector: np.ndarray,
    reach: float,
    _direction: Direction,
    _study: Study,
) -> LatentPath:
    return walk_morph(_study, rows.tolist(), _direction, reach)


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
