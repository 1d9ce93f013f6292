"""One image: large, beside its reconstruction, with all that is known of it and its neighbours."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.latent.neighbours import nearest
from cae.study import Study
from pages.components import session
from pages.components.decoding import reconstructions
from pages.components.guard import guard
from pages.components.neighbour_gallery import NEIGHBOURS, neighbour_gallery
from pages.components.pictures import real_figure, show_figures, synthetic_figure
from pages.components.study_view import caption, column_title, study_key, study_table

_WIDTH = 190


def image_panel(study: Study, row: int) -> None:
    """Show the details of the image in `row`."""
    table = study_table(study)
    name, back = st.columns([3, 1], vertical_alignment="center")
    name.html(f'<div class="cae-count">{html.escape(str(table["id"].iloc[row]))}</div>')
    back.button("Back", key="back", on_click=session.set_image, args=(None,), width="stretch")
    _pictures(study, row)
    _anchor_buttons(row)
    rows, distances = neighbours(study, row)
    with st.expander("Columns"):
        _facts(table.iloc[row])
    st.html('<div class="cae-quiet">Nearest in the latent space (cosine distance)</div>')
    neighbour_gallery(study, rows, distances, key="neighbours")
    st.button(
        f"Select this image and its {len(rows)} neighbours",
        on_click=_select_neighbours,
        args=(row, rows),
        width="stretch",
    )


def neighbours(study: Study, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows nearest to `row` in the latent space, without itself, and distances."""
    return _neighbours(study_key(study), row, study)


@st.cache_data(max_entries=256, show_spinner=False)
def _neighbours(key: tuple[str, ...], row: int, _study: Study) -> tuple[np.ndarray, np.ndarray]:
    rows, distances = nearest(_study.latents, _study.latents[row : row + 1], NEIGHBOURS + 1)
    others = rows[0] != row
    return rows[0][others][:NEIGHBOURS], distances[0][others][:NEIGHBOURS]


def _pictures(study: Study, row: int) -> None:
    figures = [real_figure(study.images[row], caption(study, row) or "original", _WIDTH)]
    try:
        decoded = reconstructions(study, np.array([row]))[0]
        figures.append(synthetic_figure(decoded, "reconstruction", _WIDTH))
    except CaeError as error:
        st.caption(str(error))
    show_figures(figures)


def _anchor_buttons(row: int) -> None:
    columns = st.columns(2)
    for which, column in zip(session.ANCHORS, columns, strict=True):
        used = session.get_anchor(which) == row
        column.button(
            f"Is anchor {which.upper()}" if used else f"Use as anchor {which.upper()}",
            key=f"anchor {which}",
            help="Start of a path on the page Interpolate" if which == "a" else "Its end",
            disabled=used,
            on_click=session.set_anchor,
            args=(which, row),
            width="stretch",
        )


def _facts(values: pd.Series) -> None:
    lines = "".join(
        f'<tr><th scope="row">{html.escape(column_title(column))}</th>'
        f"<td>{html.escape(_text(value))}</td></tr>"
        for column, value in values.items()
    )
    st.html(f'<table class="cae-facts">{lines}</table>')


def _text(value: object) -> str:
    if pd.isna(value):
        return "missing"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@guard()
def _select_neighbours(row: int, rows: np.ndarray) -> None:
    event = {"kind": "similarity", "row": row, "neighbours": len(rows)}
    session.set_selection(Selection.empty().combine(np.append(rows, row), "replace", event))
    session.set_image(None)
