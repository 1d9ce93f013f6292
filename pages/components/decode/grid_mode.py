"""Interpolate, grid: the square between four images."""

from functools import partial

import numpy as np
import streamlit as st

from cae.decoding.decoded_path import FEWEST_SIDE, MOST_SIDE, LatentPath, walk_grid
from cae.study.study import Study
from pages.components.decode.anchor_map import anchor_map
from pages.components.decode.anchor_picker import anchor_picker
from pages.components.decode.anchors import anchor_cards, suggested_anchors
from pages.components.decode.decoded_film import decoded_film
from pages.components.kit.cache import cache_resource
from pages.components.state import session
from pages.components.state.study_view import study_key
from pages.components.state.view import CORNERS

MODE = "grid"
_USUAL_SIDE = 5


def grid_mode(study: Study) -> None:
    """Show map, corners and the decoded grid between them."""
    view = session.view()
    chosen = dict(zip(CORNERS, view.corners or _usual_corners(study), strict=True))
    choose = partial(_set_corner, chosen)
    side = min(max(view.side or _USUAL_SIDE, FEWEST_SIDE), MOST_SIDE)
    path = _walked(study_key(study), tuple(chosen.values()), side, study)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        anchor_map(study, chosen, tuple(chosen), _outline(path.places, side), "", choose)
        strip = st.container()
    with right:
        anchor_cards(study, chosen, partial(anchor_picker, choose=choose), len(chosen))
        st.slider(
            "Steps along each edge",
            FEWEST_SIDE,
            MOST_SIDE,
            side,
            key=session.control_key("side"),
            on_change=lambda: session.look(side=st.session_state[session.control_key("side")]),
        )
        st.html(
            '<div class="cae-quiet">A is the upper left corner, B the upper right, C the lower '
            "left and D the lower right one; latents change evenly between them.</div>"
        )
        decoded_film(study, path, MODE, strip)


def _usual_corners(study: Study) -> tuple[int, ...]:
    """Return the first anchors of the path, and medoids where it has fewer."""
    found = suggested_anchors(study, len(CORNERS))
    return tuple(found[which] for which in CORNERS)


def _set_corner(chosen: dict[str, int], which: str, row: int) -> None:
    """Change one corner and keep the others, which until then may only be suggested."""
    session.look(corners=tuple(int({**chosen, which: row}[corner]) for corner in CORNERS))


def _outline(places: np.ndarray, side: int) -> np.ndarray:
    """Return the corners of the line around a grid, clockwise and back to its beginning."""
    grid = places.reshape(side, side, 2)
    edges = (grid[0], grid[1:, -1], grid[-1, -2::-1], grid[-2::-1, 0])
    return np.concatenate(edges)


@cache_resource(max_entries=16)
def _walked(key: tuple[str, ...], rows: tuple[int, ...], side: int, _study: Study) -> LatentPath:
    return walk_grid(_study, rows, side)
