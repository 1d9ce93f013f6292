"""In which order a gallery shows images: by similarity, by a score or by any column."""

import numpy as np
import pandas as pd
import streamlit as st

from cae.columns.facets import CATEGORIES
from cae.columns.titles import column_title
from cae.latent.similarity import distances_to_centre
from cae.study.study import Study
from pages.components.kit.cache import cache_data
from pages.components.kit.icon_button import icon_button
from pages.components.state import session
from pages.components.state.derived import outlier_scores_of, reconstruction_error_of
from pages.components.state.study_facets import study_facets
from pages.components.state.study_view import (
    cell_text,
    full_table,
    known_columns,
    study_key,
    study_table,
)
from pages.components.state.view import COLUMN, LARGEST_TILE, SMALLEST_TILE, Order

_CENTRE, _IMAGE, _OUTLIER, _ERROR = "centre", "image", "outlier", "error"
BY_SIMILARITY = Order(_IMAGE)
_SCORES = (_OUTLIER, _ERROR, f"{COLUMN}outlier_score")


def order_choices(study: Study) -> dict[str, str]:
    """Return what can be sorted by, the `Order.by` of each, and how the screen says it."""
    titles = {"": "Order of the set", _CENTRE: "Distance to the selection's centre"}
    like = session.view().like
    if like is not None:
        titles[_IMAGE] = f"Distance to {study_table(study)['id'].iloc[like]}"
    titles[_OUTLIER] = "kNN distance (outliers)"
    if study.can_decode:
        titles[_ERROR] = "Reconstruction error"
    return titles | {f"{COLUMN}{name}": column_title(name) for name in known_columns(study)}


def order_controls(study: Study) -> None:
    """Show what the gallery is sorted by, in which direction, and how large the images are."""
    titles = order_choices(study)
    chosen, descending = session.view().sort
    which, direction, size = st.columns([5, 1.2, 3], vertical_alignment="bottom", gap="small")
    names = list(titles)
    key = session.control("sort", chosen if chosen in titles else names[0])
    which.selectbox(
        "Sort by",
        names,
        format_func=lambda name: titles[name],
        key=key,
        on_change=lambda: _sort(st.session_state[key], st.session_state[key] in _SCORES),
    )
    icon_button(
        "Largest first; press for smallest first"
        if descending
        else "Smallest first; press for largest first",
        ":material/arrow_downward:" if descending else ":material/arrow_upward:",
        "sort direction",
        direction,
        on_click=_sort,
        args=(chosen, not descending),
        width="stretch",
    )
    size.slider(
        "Size of images",
        SMALLEST_TILE,
        LARGEST_TILE,
        session.view().tile,
        step=8,
        format="%d px",
        key="tile",
        on_change=lambda: session.look(tile=st.session_state["tile"]),
    )


def in_order(study: Study, rows: np.ndarray) -> np.ndarray:
    """Return `rows` (ascending) as the gallery is to show them; missing values come last."""
    chosen, descending = session.view().sort
    if not len(rows) or not chosen or chosen not in order_choices(study):
        return rows[::-1] if descending else rows
    ordered: np.ndarray = rows[ranking(_values(study, chosen, rows), descending)]
    return ordered


def sorted_by(study: Study, rows: np.ndarray, shown: np.ndarray) -> list[str]:
    """Return the value that each of `shown`, some of `rows`, has its place by, as text.

    Returns:
        a text for each; empty where the order is that of the set or the value is missing.
    """
    chosen, _ = session.view().sort
    if not len(rows) or not chosen or chosen not in order_choices(study):
        return [""] * len(shown)
    column = chosen.removeprefix(COLUMN)
    if chosen.startswith(COLUMN):
        values = full_table(study)[column].iloc[shown]
    else:
        values = pd.Series(_values(study, chosen, rows).to_numpy(), index=rows)[shown]
    return ["" if pd.isna(value) else cell_text(study, column, value) for value in values]


def ranking(values: pd.Series, descending: bool) -> np.ndarray:
    """Return the places (N,) of values in order; equal ones keep theirs, missing ones are last."""
    numbered = values.reset_index(drop=True)
    ordered = numbered.sort_values(ascending=not descending, kind="stable", na_position="last")
    return ordered.index.to_numpy()


def _sort(by: str, descending: bool) -> None:
    session.look(sort=Order(by, descending))


def _values(study: Study, chosen: str, rows: np.ndarray) -> pd.Series:
    if chosen == _CENTRE:
        return pd.Series(_distances(study_key(study), rows, study)[rows])
    if chosen == _IMAGE:
        like = np.array([session.view().like])
        return pd.Series(_distances(study_key(study), like, study)[rows])
    if chosen == _OUTLIER:
        return pd.Series(outlier_scores_of(study)[rows])
    if chosen == _ERROR:
        return pd.Series(reconstruction_error_of(study)[rows])
    name = chosen.removeprefix(COLUMN)
    facet = study_facets(study)[name]
    if facet.kind != CATEGORIES:
        return full_table(study)[name].iloc[rows]
    # Categories are numbered in the order in which people sort them, "9" before "10".
    codes = facet.codes[rows].astype(float)
    return pd.Series(np.where(codes == len(facet.lows), np.nan, codes))


@cache_data(max_entries=32)
def _distances(key: tuple[str, ...], rows: np.ndarray, _study: Study) -> np.ndarray:
    return distances_to_centre(_study.latents, rows)
