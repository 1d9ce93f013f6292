"""One image: large, beside its reconstruction, with all that is known of it and its neighbours."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from cae.cohorts.selection import Selection
from cae.columns.titles import column_title
from cae.decoding.rendering import AS_MEAN, MEAN, Rendering
from cae.decoding.search import NeighboursOf
from cae.errors import CaeError
from cae.study.neighbours import neighbours_of_one
from cae.study.study import Study
from pages.components.gallery.gallery_order import BY_SIMILARITY, in_order
from pages.components.gallery.image_viewer import image_viewer
from pages.components.gallery.label_input import label_input
from pages.components.gallery.neighbour_gallery import NEIGHBOURS, neighbour_gallery
from pages.components.gallery.spread_gallery import spread_gallery
from pages.components.kit.cache import cache_data
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session
from pages.components.state.decoding import reconstructions
from pages.components.state.rendering_switch import rendering_switch, shown_rendering
from pages.components.state.study_view import caption, cell_text, study_key, study_table
from pages.components.state.view import ANCHORS


def image_panel(study: Study, row: int) -> None:
    """Show the details of the image in `row`."""
    table = study_table(study)
    name, back = st.columns([3, 1], vertical_alignment="center")
    name.html(f'<div class="cae-count">{html.escape(str(table["id"].iloc[row]))}</div>')
    back.button("Back", key="back", on_click=session.open_image, args=(None,), width="stretch")
    if study.can_decode:
        shown = shown_rendering(study)
        _pictures(study, row, shown.rendering)
        rendering_switch(study, "image")
        if shown.is_spread:
            spread_gallery(study, study.latents[row], shown.rendering.seed, "image")
        _anchor_buttons(row)
    else:
        _pictures(study, row, None)
    with guard():
        label_input(study, np.array([row]), f"image {row}")
    rows, distances = neighbours(study, row)
    with st.expander("Columns"):
        _facts(study, table.iloc[row])
    st.html('<div class="cae-quiet">Nearest in the latent space (cosine distance)</div>')
    neighbour_gallery(study, rows, distances, key="neighbours")
    st.button(
        f"Select this image and its {len(rows)} neighbours",
        on_click=_select_neighbours,
        args=(row, rows),
        width="stretch",
    )
    st.button(
        "Sort the selection by similarity to this image",
        disabled=not len(session.current_selection()),
        on_click=_sort_by_similarity,
        args=(row,),
        width="stretch",
    )


def neighbours(study: Study, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows nearest to `row` in the latent space, without itself, and distances."""
    return _neighbours(study_key(study), row, study)


@cache_data(max_entries=256)
def _neighbours(key: tuple[str, ...], row: int, _study: Study) -> tuple[np.ndarray, np.ndarray]:
    return neighbours_of_one(_study, row, NEIGHBOURS)


def _pictures(study: Study, row: int, rendering: Rendering | None) -> None:
    """Show the image beside what is decoded of it; alone where `rendering` is None."""
    decoded, likely, made = None, None, AS_MEAN
    try:
        if rendering is not None:
            decoded = reconstructions(study, np.array([row]))[0]
            if rendering.kind != MEAN:
                likely, made = reconstructions(study, np.array([row]), rendering)[0], rendering
    except CaeError as error:
        st.caption(plain_markdown(str(error)))
    rows = session.stepped_through()
    if row not in rows:
        rows = in_order(study, session.current_selection().rows)
    places = np.flatnonzero(rows == row)
    place = (int(places[0]), len(rows)) if len(places) else None

    def step(by: int) -> None:
        if place is not None:
            session.open_image(int(rows[np.clip(place[0] + by, 0, len(rows) - 1)]))

    words = caption(study, row) or "original"
    image_viewer(
        np.asarray(study.images[row]),
        decoded,
        words,
        place,
        "viewer",
        step,
        likely,
        made,
    )


def _anchor_buttons(row: int) -> None:
    columns = st.columns(2)
    for which, column in zip(ANCHORS[:2], columns, strict=True):
        used = session.view().anchor(which) == row
        column.button(
            f"Is anchor {which.upper()}" if used else f"Use as anchor {which.upper()}",
            key=f"anchor {which}",
            help="Start of a path on the page Interpolate" if which == "a" else "Its end",
            disabled=used,
            on_click=session.set_anchor,
            args=(which, row),
            width="stretch",
        )


def _facts(study: Study, values: pd.Series) -> None:
    lines = "".join(
        f'<tr><th scope="row">{html.escape(column_title(str(column)))}</th>'
        f"<td>{html.escape(cell_text(study, str(column), value))}</td></tr>"
        for column, value in values.items()
    )
    st.html(f'<table class="cae-facts">{lines}</table>')


def _sort_by_similarity(row: int) -> None:
    session.look(like=int(row), sort=BY_SIMILARITY, find="", image=None)


@guard()
def _select_neighbours(row: int, rows: np.ndarray) -> None:
    event = NeighboursOf(row, len(rows)).event()
    session.set_selection(
        Selection.empty().combine(np.append(rows, row), "replace", event), image=None
    )
