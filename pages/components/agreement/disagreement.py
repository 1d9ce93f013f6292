"""The images that two studies disagree about most: on both maps, in a gallery, one by one."""

import base64
import html

import numpy as np
import streamlit as st

from cae.cohorts.rows import pack_rows
from cae.cohorts.selection import Selection
from cae.study.study import Study
from pages.components.agreement.shared_view import (
    neighbours_in_both,
    shared_colours,
    shared_of,
    shared_pictures,
    shared_points,
)
from pages.components.gallery.gallery import Picture, gallery
from pages.components.kit.guard import guard
from pages.components.map.colour_choice import colour_choice
from pages.components.map.map import latent_map
from pages.components.map.map_look import MOVING, MapLook
from pages.components.map.map_marks import MapMarks
from pages.components.state import session
from pages.components.state.study_view import caption, study_table

_MAP_HEIGHT = 420
_NEIGHBOURS = 10


def both_maps(first: Study, second: Study, rows: np.ndarray) -> None:
    """Show the maps of both studies side by side, the images of `rows` marked in both.

    Args:
        first: the study, which tells colours.
        second: the other.
        rows: in the first study.
    """
    if not (first.is_done("project") and second.is_done("project")):
        st.caption("One of the studies has no map yet; make it on the page Data & training.")
        return
    shared, image = shared_of(first, second), session.view().image
    colours = shared_colours(first, second, colour_choice(first))
    focus = np.flatnonzero(shared.first == image)
    points = shared_points(first, second)
    places = st.columns(2, gap="small")
    for place, some, pair, study in zip(
        places, points, ("first", "second"), (first, second), strict=True
    ):
        with place:
            latent_map(
                some,
                colours,
                MapMarks(
                    np.searchsorted(shared.first, np.sort(rows)),
                    focus=int(focus[0]) if len(focus) else None,
                ),
                f"agreement {pair}",
                MapLook(study.path.name, _MAP_HEIGHT, MOVING, category_action="", pair=pair),
                pictures=shared_pictures(first, second),
                on_event=guard()(
                    lambda event: session.open_image(
                        None if event.row is None else int(shared.first[event.row])
                    )
                ),
            )


def apart_gallery(study: Study, other: str, rows: np.ndarray) -> None:
    """Show the images of `rows`, which lead to their neighbours, and a way to select them all."""
    is_pressed = st.button(
        f"Select these {len(rows):,} images on Explore",
        key="select apart",
        icon=":material/scatter_plot:",
        on_click=_select,
        args=(rows, other),
    )
    if is_pressed:
        st.switch_page("pages/explore.py")
    _gallery(study, rows, [caption(study, row) for row in rows], "apart")


def neighbours_of_image(first: Study, second: Study) -> None:
    """Show the nearest images of the opened image in both studies; nothing where none is open."""
    image = session.view().image
    if image is None or image not in shared_of(first, second).first:
        st.caption("Press an image, or a point of a map, to see what is near it in either study.")
        return
    found = neighbours_in_both(first, second, image, _NEIGHBOURS)
    common = np.intersect1d(found[0][0], found[1][0])
    st.html(
        f'<div class="cae-quiet" role="status">{len(common)} of {len(found[0][0])} neighbours are '
        "the same</div>"
    )
    own, one, two = st.columns([1, 4, 4], gap="medium")
    with own:
        st.html('<div class="cae-quiet">The image</div>')
        _gallery(first, np.array([image]), [caption(first, image)], "agreement image")
    for place, study, (rows, distances) in zip((one, two), (first, second), found, strict=True):
        with place:
            st.html(f'<div class="cae-quiet">Nearest in {html.escape(study.path.name)}</div>')
            said = [
                f"{'both · ' if row in common else ''}{distance:.3f} · {caption(first, row)}"
                for row, distance in zip(rows, distances, strict=True)
            ]
            _gallery(first, rows, said, f"nearest {study.path}")


def _gallery(study: Study, rows: np.ndarray, said: list[str], key: str) -> None:
    ids = study_table(study)["id"]
    gallery(
        [
            Picture(int(row), str(ids.iloc[row]), words, study.images[row])
            for row, words in zip(rows, said, strict=True)
        ],
        key=key,
        on_pick=session.open_image,
    )


@guard()
def _select(rows: np.ndarray, other: str) -> None:
    ascending = np.sort(rows)
    event = {
        "kind": "ids",
        "disagrees_with": other,
        "rows": base64.b64encode(pack_rows(ascending)).decode("ascii"),
    }
    session.set_selection(Selection.empty().combine(ascending, "replace", event), image=None)
