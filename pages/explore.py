"""Explore: the map at the left, what is selected at the right."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.cohorts.picking import MapEvent, selection_after
from cae.cohorts.selection import Selection
from cae.columns.colours import Colours
from cae.columns.filters import Choice, chosen_query, column_of, describe, fitting, in_scope
from cae.number_text import counted
from cae.study.cluster_names import cluster_names, name_cluster
from cae.study.maps import MAP, Projection
from cae.study.study import Study
from pages.components.explore.filter_panel import filter_chips, filter_panel, query_input
from pages.components.explore.find_panel import FIRST_KIND, find_panel
from pages.components.explore.own_image import own_image_mark
from pages.components.explore.selection_panel import selection_head, selection_panel
from pages.components.explore.tour import tour
from pages.components.gallery.gallery_order import order_choices
from pages.components.gallery.image_panel import image_panel
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, may
from pages.components.map.colour_choice import colour_choice
from pages.components.map.map import latent_map, still_fits
from pages.components.map.map_look import MapAbilities, MapLook
from pages.components.map.map_marks import MapMarks
from pages.components.map.map_settings import card_columns, map_settings, shown_projections
from pages.components.map.map_table import map_table
from pages.components.map.study_map import map_pictures, map_points
from pages.components.state import session
from pages.components.state.decoding import warm_model
from pages.components.state.link_notice import link_notice
from pages.components.state.outdated_notice import outdated_notice
from pages.components.state.study_facets import study_facets
from pages.components.state.study_view import (
    cluster_of_level,
    colour_choices,
    full_table,
    study_colours,
)

_HISTORY = {"undo": session.undo_selection, "redo": session.redo_selection}


def explore() -> None:
    """Show the page."""
    study = session.current_study()
    if not study.is_done("project"):
        _without_map(study)
        return
    outdated_notice(study)
    first, beside = shown_projections(study)
    left, right = st.columns([5, 3] if beside else [3, 2], gap="medium")
    with left:
        scope = _settings(study)
        map_place = st.container()
    selection = session.current_selection()
    image = session.view().image
    # First, as a map of many points takes long to travel and to paint.
    with right:
        if image is None:
            _panels(study, selection, scope)
        else:
            image_panel(study, image)
    with map_place:
        colours = study_colours(study, session.view().colour)
        if beside is None:
            _map(study, first, "", colours, selection, scope)
        else:
            places = st.columns(2, gap="small")
            for place, projection, pair in zip(
                places, (first, beside), ("first", "second"), strict=True
            ):
                with place:
                    _map(study, projection, pair, colours, selection, scope)
        map_table(colours, selection.rows, scope, _handle)
    warm_model(study)
    tour()


def _map(
    study: Study,
    projection: Projection,
    pair: str,
    colours: Colours,
    selection: Selection,
    scope: np.ndarray,
) -> None:
    """Show one of at most two maps; both change the one selection."""
    latent_map(
        map_points(study, projection),
        colours,
        MapMarks(
            selection.rows,
            in_scope=scope,
            focus=session.view().image,
            path=own_image_mark(study) if projection == MAP and session.view().find else None,
        ),
        "second map" if pair == "second" else "map",
        MapLook(hint=projection.title if pair else "", pair=pair),
        abilities=MapAbilities(
            undo=session.can_undo(),
            redo=session.can_redo(),
            rename=colours.named and may(Role.EDIT, study.path),
        ),
        pictures=map_pictures(study, card_columns(study)),
        on_event=partial(_handle, projection=projection),
    )


def _panels(study: Study, selection: Selection, scope: np.ndarray) -> None:
    """Show the selection, or what can be found."""
    selection_head(selection, scope)
    titles = ("Selection", "Find")
    key = session.control_key("panel")
    selected, found = st.tabs(
        titles,
        default=titles[1] if session.view().find else titles[0],
        key=key,
        on_change=lambda: session.look(
            find=FIRST_KIND if st.session_state[key] == titles[1] else ""
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
    st.info(
        f"The study {plain_markdown(study.path.name)} has no map yet: it is still to be trained "
        "or projected."
    )
    st.page_link("pages/training.py", label="Finish it on the page Data & training")


def _settings(study: Study) -> np.ndarray:
    """Show colour and filters, and return which rows are in scope."""
    table = full_table(study)
    choices = colour_choices(study)
    given = cluster_names(study)
    asked = session.view()
    active = fitting(table, asked.queries)
    lost = [describe(query, given, table) for query in asked.queries if query not in active]
    link_notice(lost, choices, order_choices(study))
    filters = tuple(query for query in asked.filters if query in active)
    typed = asked.query if asked.query in active else ""
    session.look(filters=filters, query=typed)
    scope = in_scope(table, active)
    colour, maps, restrict = st.columns([4, 2, 2], vertical_alignment="bottom")
    with colour:
        colour_choice(study)
    with maps:
        map_settings(study)
    with restrict:
        popover = st.popover("Filters", width="stretch", key="filters", on_change="rerun")
    with popover:
        query_input(table, typed, given, session.control_key("query"), _query)
        st.caption(
            "Filters grey out images; what is selected stays selected, and drawing picks only "
            "what is in scope."
        )
        st.button(
            f"Select all {counted(int(scope.sum()), 'image')} in scope",
            disabled=not active,
            on_click=_select_scope,
            args=(scope,),
            width="stretch",
        )
        if popover.open:
            selected = session.current_selection().rows
            filter_panel(
                table, study_facets(study), filters, typed, selected, given, "facets", _filter
            )
    filter_chips(table, active, given, int(scope.sum()), _remove_filters)
    if not scope.any():
        st.warning("No image passes these filters together: remove one, or clear all.")
    return scope


@guard()
def _filter(column: str, choice: Choice | None) -> None:
    others = [query for query in session.view().filters if column_of(query) != column]
    chosen = chosen_query(column, choice)
    filters = [*others, chosen] if chosen is not None else others
    session.look(filters=fitting(full_table(session.current_study()), filters))


@guard()
def _query(text: str) -> None:
    session.look(query=text)


@guard()
def _remove_filters(queries: Sequence[str]) -> None:
    view = session.view()
    for query in queries:
        view = view.without(query)
    session.look(filters=view.filters, query=view.query)


@guard()
def _handle(event: MapEvent, projection: Projection = MAP) -> None:
    """Let what was done on the map change the selection."""
    study = session.current_study()
    if event.kind in _HISTORY:
        _HISTORY[event.kind]()
        return
    view = session.view()
    colour, choices = view.colour, colour_choices(study)
    column = colour if colour in choices else next(iter(choices))
    points, colours = map_points(study, projection), study_colours(study, column)
    if not still_fits(event, points, colours):
        return
    if event.kind == "rename":
        if event.level is not None and event.name is not None:
            demand(Role.EDIT, study.path)
            name_cluster(study, cluster_of_level(study, event.level), event.name)
        return
    table = full_table(study)
    filters = fitting(table, view.queries)
    selection = selection_after(
        event,
        session.current_selection(),
        points.positions,
        colours,
        column,
        in_scope(table, filters),
        filters,
        projection.name,
    )
    session.set_selection(selection, image=event.row if event.kind == "click" else None)


@guard()
def _select_scope(scope: np.ndarray) -> None:
    event = {"kind": "filter", "filters": list(session.view().queries)}
    rows = np.flatnonzero(scope)
    session.set_selection(Selection.empty().combine(rows, "replace", event))


with guard():
    explore()
