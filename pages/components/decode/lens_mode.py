"""Interpolate, lens: move over the map and see what the model decodes there."""

from functools import partial

import streamlit as st

from cae.decoding.lens import Lens, decode_lens
from cae.errors import CaeError
from cae.study.study import Study
from pages.components.decode.anchor_map import MAP_HEIGHT
from pages.components.decode.decoded_square import DRAWS_APART, Sides, decoded_square
from pages.components.decode.lens import lens_view
from pages.components.gallery.spread_gallery import deviation_legend
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.map.colour_choice import colour_choice
from pages.components.map.map import LOOKING, latent_map
from pages.components.map.study_map import map_pictures, map_points
from pages.components.state import session
from pages.components.state.computed import computed
from pages.components.state.rendering_switch import Shown, rendering_switch
from pages.components.state.study_view import study_colours

MODE = "lens"
_MAP_KEY = "lens map"
# Likely images take many times as long as mean ones.
_SIDES = Sides(mean=40, likely=24, spread=12)


def lens_mode(study: Study) -> None:
    """Show the map and, beside it, what lies under the pointer."""
    # On a narrow screen the style of this key keeps the lens in sight above the map.
    with st.container(key="lens-mode"):
        left, right = st.columns([3, 2], gap="medium")
    with left:
        st.html(
            '<div class="cae-hint">Move over the map, also over its empty parts. A place is '
            "decoded from the mean latent of the images nearest to it on the map.</div>"
        )
        _map(study)
    with right:
        shown = rendering_switch(study, MODE)
        try:
            lens, sheets, limit = _lens(study, shown)
        except CaeError as error:
            st.error(plain_markdown(str(error)))
            return
        lens_view(study, lens, sheets, key="lens", map_key=_MAP_KEY)
        if limit:
            st.html(
                f'<div class="cae-quiet">Where {DRAWS_APART} likely images of a place differ.</div>'
            )
            deviation_legend(limit)


def _map(study: Study) -> None:
    colour, _ = st.columns([2, 3])
    with colour:
        shown = colour_choice(study)
    latent_map(
        map_points(study),
        study_colours(study, shown),
        session.current_selection().rows,
        key=_MAP_KEY,
        height=MAP_HEIGHT,
        tools=LOOKING,
        category_action="",
        pictures=map_pictures(study),
    )


def _lens(study: Study, shown: Shown) -> tuple[Lens, tuple[str, str], float]:
    """Return the lens of a study and its sheets, worked out once.

    The last is the deviation that has the last colour where the lens shows how likely images
    differ, else 0.
    """
    decode = partial(decode_lens, study, _SIDES.of(shown))
    what = f"lens {shown.rendering.words}{' spread' if shown.is_spread else ''}"
    return computed(study, what, "Decoding the map:", partial(decoded_square, study, decode, shown))
