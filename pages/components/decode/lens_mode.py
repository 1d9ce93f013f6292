"""Interpolate, lens: move over the map and see what the model decodes there."""

import streamlit as st

from cae.decoding.lens import Lens, decode_lens
from cae.decoding.rendering import MEAN
from cae.errors import CaeError
from cae.progress import Progress
from cae.study.study import Study
from pages.components.decode.anchor_map import MAP_HEIGHT
from pages.components.decode.decoded_film import film_name
from pages.components.decode.lens import lens_sheets, lens_view
from pages.components.decode.place_gallery import place_gallery
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.map.colour_choice import colour_choice
from pages.components.map.map import latent_map
from pages.components.map.map_look import LOOKING, MapLook
from pages.components.map.map_marks import MapMarks
from pages.components.map.study_map import map_pictures, map_points
from pages.components.state import session
from pages.components.state.computed import computed
from pages.components.state.rendering_switch import rendering_switch
from pages.components.state.study_view import study_colours

MODE = "lens"
_MAP_KEY = "lens map"


def lens_mode(study: Study) -> None:
    """Show the map and, beside it, what lies under the pointer."""
    # On a narrow screen the style of these keys keeps the lens in sight above the map, and what may
    # be there below it.
    with st.container(key="lens-mode"):
        left, right = st.columns([3, 2], gap="medium")
    with left:
        st.html(
            '<div class="cae-hint">Move over the map, also over its empty parts. A place is '
            "decoded from the mean latent of the images nearest to it on the map.</div>"
        )
        _map(study)
    with right:
        # Always one thing before the lens, whether the map is still being decoded or not: moved up
        # or down it would forget the place it shows.
        with st.container():
            shown = rendering_switch(study, MODE)
            try:
                lens, sheets = _lens(study)
            except CaeError as error:
                st.error(plain_markdown(str(error)))
                return
        with st.container(key="lens-now"):
            lens_view(study, lens, sheets, film_name(MODE), key="lens", map_key=_MAP_KEY)
        if shown.rendering.kind != MEAN:
            with st.container(key="lens-likely"):
                place_gallery(study, lens.latents, film_name(MODE), shown, MODE)


def _map(study: Study) -> None:
    colour, _ = st.columns([2, 3])
    with colour:
        shown = colour_choice(study)
    latent_map(
        map_points(study),
        study_colours(study, shown),
        MapMarks(session.current_selection().rows),
        _MAP_KEY,
        MapLook(height=MAP_HEIGHT, tools=LOOKING, category_action=""),
        pictures=map_pictures(study),
    )


def _lens(study: Study) -> tuple[Lens, tuple[str, str]]:
    """Return the lens of a study and its sheets, worked out once."""

    def decode(progress: Progress) -> tuple[Lens, tuple[str, str]]:
        lens = decode_lens(study, progress=progress)
        return lens, lens_sheets(study, lens)

    return computed(study, MODE, "Decoding the map:", decode)
