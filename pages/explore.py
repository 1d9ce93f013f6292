"""Explore: the map at the left, what is selected at the right."""

import numpy as np
import streamlit as st

from cae.cohorts.selection import Selection
from cae.study import Study
from pages.components import session
from pages.components.decoding import warm_model
from pages.components.filter_panel import filter_chips, filter_panel, query_input
from pages.components.filters import QUERY, Filter, fitting, in_scope
from pages.components.find_panel import FIRST_KIND, find_panel
from pages.components.guard import guard
from pages.components.image_panel import image_panel
from pages.components.map import MapEvent, latent_map
from pages.components.map_table import map_table
from pages.components.own_image import own_image_mark
from pages.components.selecting import selection_after
from pages.components.selection_panel import selection_head, selection_panel
from pages.components.study_facets import study_facets
from pages.components.study_view import (
    colour_choices,
    map_points,
    study_colours,
    study_table,
)


def explore() -> None:
    """Show the page."""
    study = session.current_study()
    if not study.is_current("project"):
        _without_map(study)
        return
    points = map_points(study)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        scope = _settings(study)
        colours = study_colours(study, session.get_colour())
        selection = session.current_selection()
        image = session.get_image()
        latent_map(
            points,
            colours,
            selection.rows,
            key="map",
            path=own_image_mark(study) if session.get_find() else None,
            in_scope=scope,
            focus=image,
            on_event=_handle,
        )
        map_table(colours, selection.rows, scope, _handle)
    with right:
        if image is None:
            _panels(study, selection, scope)
        else:
            image_panel(study, image)
    warm_model(study)


def _panels(study: Study, selection: Selection, scope: np.ndarray) -> None:
    """Show the selection, or what can be found."""
    selection_head(selection, len(scope))
    titles = ("Selection", "Find")
    key = session.control_key("panel")
    selected, found = st.tabs(
        titles,
        default=titles[1] if session.get_find() else titles[0],
        key=key,
        on_change=lambda: session.set_find(
            FIRST_KIND if st.session_state[key] == titles[1] else None
        ),
    )
    if selected.open:
        with selected:
            selection_panel(study, selection, scope)
    if found.open:
        with found:
            find_panel(study, selection, scope)


def _without_map(study: Study) -> None:
    """Say what to do with a study that is not finished."""
    st.info(f"The study {study.name} has no map yet: it is still to be trained or projected.")
    st.page_link("pages/training.py", label="Finish it on the page Data & training")


def _settings(study: Study) -> np.ndarray:
    """Show colour and filters, and return which rows are in scope."""
    table = study_table(study)
    choices = colour_choices(study)
    active = fitting(table, session.get_filters())
    session.set_filters(active)
    scope = in_scope(table, active)
    colour, filters, chips = st.columns([3, 2, 7], vertical_alignment="bottom")
    names = list(choices)
    chosen = session.get_colour()
    with colour:
        st.selectbox(
            "Colour by",
            names,
            index=names.index(chosen) if chosen in names else 0,
            format_func=choices.get,
            key=session.control_key("colour"),
            on_change=lambda: session.set_colour(st.session_state[session.control_key("colour")]),
        )
    with filters:
        popover = st.popover("Filters", width="stretch", key="filters", on_change="rerun")
    with popover:
        query_input(table, active, session.control_key("query"), _query)
        st.button(
            f"Select all {scope.sum():,} images in scope",
            disabled=not active,
            on_click=_select_scope,
            args=(scope,),
            width="stretch",
        )
        if popover.open:
            selected = session.current_selection().rows
            filter_panel(table, study_facets(study), active, selected, "facets", _filter)
    with chips:
        filter_chips(active, int(scope.sum()), len(scope), _remove_filters)
    return scope


@guard()
def _filter(column: str, chosen: Filter | None) -> None:
    filters = {c: f for c, f in session.get_filters().items() if c != column}
    if chosen is not None:
        filters[column] = chosen
    session.set_filters(fitting(study_table(session.current_study()), filters))


@guard()
def _query(text: str) -> None:
    _filter(QUERY, {"expression": text} if text else None)


@guard()
def _remove_filters(columns: list[str]) -> None:
    session.set_filters({c: f for c, f in session.get_filters().items() if c not in columns})


@guard()
def _handle(event: MapEvent) -> None:
    """Let what was done on the map change the selection."""
    study = session.current_study()
    colour = session.get_colour()
    choices = colour_choices(study)
    column = colour if colour in choices else next(iter(choices))
    table = study_table(study)
    filters = fitting(table, session.get_filters())
    selection = selection_after(
        event,
        session.current_selection(),
        np.asarray(study.projection),
        study_colours(study, column),
        column,
        in_scope(table, filters),
        filters,
    )
    session.set_selection(selection)
    session.set_image(event.row if event.kind == "click" else None)


@guard()
def _select_scope(scope: np.ndarray) -> None:
    event = {"kind": "filter", "filters": session.get_filters()}
    rows = np.flatnonzero(scope)
    session.set_selection(Selection.empty().combine(rows, "replace", event))


with guard():
    explore()
