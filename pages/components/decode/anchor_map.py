"""A map on which a click chooses an anchor."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from cae.cohorts.picking import MapEvent
from cae.latent.medoid import medoid
from cae.study.study import Study
from pages.components.kit.guard import guard
from pages.components.map.colour_choice import colour_choice
from pages.components.map.map import latent_map, still_fits
from pages.components.map.map_look import MOVING, MapLook
from pages.components.map.map_marks import MapMarks, MapPath
from pages.components.map.study_map import map_pictures, map_points
from pages.components.state import session
from pages.components.state.study_view import study_colours

MAP_HEIGHT = 500
_MAP_KEY = "path map"
_TARGET = "anchor target"


def anchor_map(
    study: Study,
    chosen: dict[str, int],
    offered: Sequence[str],
    line: np.ndarray,
    film: str,
    choose: Callable[[str, int], None] = session.set_anchor,
    checked: np.ndarray | None = None,
) -> None:
    """Show the map with the anchors and a line.

    Args:
        study: with a map.
        chosen: the row of each anchor by its letter.
        offered: the anchors that a click may choose, those not `chosen` yet included.
        line: corners (M, 2) of the line, one per step of `film`.
        film: whose shown step is marked on the line; empty for none.
        choose: is told an anchor and the row that a click chose for it.
        checked: places (M, 2) of the steps' images, encoded again; None where not shown.
    """
    colour, target = st.columns([2, 3])
    with colour:
        shown = colour_choice(study)
    if st.session_state.get(_TARGET) not in offered:
        st.session_state[_TARGET] = offered[0]
    with target:
        st.segmented_control(
            "A click on the map chooses",
            offered,
            required=True,
            format_func=lambda name: name.upper() if name in chosen else f"+ {name.upper()}",
            key=_TARGET,
        )
    which: str = st.session_state[_TARGET]
    xy = study.projection
    latent_map(
        map_points(study),
        study_colours(study, shown),
        MapMarks(
            session.current_selection().rows,
            path=MapPath(
                line,
                [(name.upper(), *xy[row]) for name, row in chosen.items()],
                film=film,
                checked=checked,
            ),
        ),
        _MAP_KEY,
        MapLook(
            hint=f"Click an image: it becomes {which.upper()}",
            height=MAP_HEIGHT,
            tools=MOVING,
            category_action=f"Make the most typical image of {{}} {which.upper()}",
        ),
        pictures=map_pictures(study),
        on_event=partial(_handle, chosen=chosen, offered=offered, choose=choose),
    )


@guard()
def _handle(
    event: MapEvent,
    chosen: dict[str, int],
    offered: Sequence[str],
    choose: Callable[[str, int], None],
) -> None:
    """Make the clicked image, or the medoid of a pressed category, the anchor; go on to
    the next anchor.
    """
    study = session.current_study()
    colours = study_colours(study, session.view().colour)
    if not still_fits(event, map_points(study), colours):
        return
    row = event.row
    if event.level is not None:
        rows = colours.rows(event.level)
        row = medoid(study.latents, rows)
    if row is None:
        return
    which = st.session_state[_TARGET]
    choose(which, row)
    st.session_state[_TARGET] = _after(which, chosen, offered)


def _after(which: str, chosen: dict[str, int], offered: Sequence[str]) -> str:
    """Return the next anchor: the one behind, and behind the last that is set the first."""
    following = offered[offered.index(which) + 1 :]
    return next((name for name in following if name in chosen), offered[0])
