"""Interpolate, plane: drag around one image along two directions at once."""

import streamlit as st

from cae.decoding.plane import Plane, decode_plane
from cae.decoding.rendering import MEAN
from cae.errors import CaeError
from cae.latent.direction import Direction
from cae.progress import Progress
from cae.study.study import Study
from pages.components.decode.anchor_picker import anchor_picker
from pages.components.decode.anchors import anchor_card, anchors
from pages.components.decode.decoded_film import film_name
from pages.components.decode.direction_choice import known_directions
from pages.components.decode.lens import lens_sheets, plane_view
from pages.components.decode.new_direction import new_direction
from pages.components.decode.place_gallery import place_gallery
from pages.components.kit.cache import array_digest
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session
from pages.components.state.computed import computed
from pages.components.state.rendering_switch import rendering_switch

MODE = "plane"
_REACHES = (1.0, 2.0, 3.0)
_USUAL_REACH = 2.0
_SIDE = 33


def plane_mode(study: Study) -> None:
    """Show the square to drag in, the image in its middle and its two directions."""
    chosen = anchors(study, 1)["a"]
    left, right = st.columns([3, 2], gap="medium")
    with right:
        anchor_card(study, "a", chosen)
        anchor_picker(study, "a")
        directions = _choose(study)
        new_direction(study)
        reach = st.segmented_control(
            "How far",
            _REACHES,
            default=_USUAL_REACH,
            required=True,
            format_func=lambda reach: f"±{reach:g} σ",
            help="Beyond the images decoding is a guess, and such places are hatched.",
            key=session.control_key("plane reach"),
        )
        shown = rendering_switch(study, MODE)
    with left:
        try:
            plane, sheets = _plane(study, chosen, directions, reach)
        except CaeError as error:
            st.error(plain_markdown(str(error)))
            return
        plane_view(study, plane, sheets, film_name(MODE), key="plane")
    if shown.rendering.kind != MEAN:
        with right:
            place_gallery(study, plane.latents, film_name(MODE), shown, MODE)


def _choose(study: Study) -> tuple[Direction, Direction]:
    """Let the directions to the right and upwards be chosen, which are never the same.

    Raises:
        CaeError: only one direction is known.
    """
    known = known_directions(study)
    if len(known) == 1:
        raise CaeError("A plane needs two directions, and latents of one number have one only.")
    view = session.view()
    right = view.direction if view.direction in known else next(iter(known))
    others = [name for name in known if name != right]
    up = view.upwards if view.upwards in others else others[0]
    for title, field, names, name in (
        ("To the right", "direction", list(known), right),
        ("Upwards", "upwards", others, up),
    ):
        key = session.control(f"plane {field}", name)
        st.selectbox(
            title,
            names,
            format_func=lambda name: known[name].name,
            key=key,
            on_change=_look,
            args=(field, key),
        )
    return known[right], known[up]


def _look(field: str, key: str) -> None:
    session.look(**{field: st.session_state[key]})


def _plane(
    study: Study, row: int, directions: tuple[Direction, Direction], reach: float
) -> tuple[Plane, tuple[str, str]]:
    """Return a plane of a study and its sheets, worked out once."""

    def decode(progress: Progress) -> tuple[Plane, tuple[str, str]]:
        plane = decode_plane(study, row, directions, _SIDE, reach, progress=progress)
        return plane, lens_sheets(study, plane)

    vectors = " ".join(array_digest(one.vector) for one in directions)
    names = " ".join(one.name for one in directions)
    return computed(study, f"plane {row} {vectors} {names} {reach}", "Decoding the plane:", decode)
