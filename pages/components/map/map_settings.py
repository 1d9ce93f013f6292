"""What the maps on Explore show: which projections, and which columns on the hover card."""

from functools import partial

import streamlit as st

from cae.access.roles import Role
from cae.columns.titles import CLUSTER, LABEL, column_title
from cae.jobs import runs
from cae.study.maps import Projection, umap_projection
from cae.study.study import Study
from pages.components.jobs.job_panel import live_job
from pages.components.kit.action_button import action_button
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.rights import demand, withheld
from pages.components.map.projections import seen_projections
from pages.components.state import session
from pages.components.state.study_view import study_table

_NONE = "none"
_STARTED = "map started"


def shown_projections(study: Study) -> tuple[Projection, Projection | None]:
    """Return the projection of the map, and the one beside it if one was chosen."""
    known = {projection.name: projection for projection in seen_projections(study)}
    view = session.view()
    return known.get(view.map, next(iter(known.values()))), known.get(view.beside)


def card_columns(study: Study) -> list[str]:
    """Return the columns to show on the hover card, of those that the study has."""
    table = study_table(study)
    return [column for column in session.view().card if column in table]


def map_settings(study: Study) -> None:
    """Show the controls, in a popover."""
    with st.popover("Maps", width="stretch"):
        _choose_projections(study)
        _choose_columns(study)
        _another_map(study)


def _choose_projections(study: Study) -> None:
    known = {projection.name: projection.title for projection in seen_projections(study)}
    first, beside = shown_projections(study)
    shown = session.control("map shown", first.name)
    st.selectbox(
        "Map",
        list(known),
        format_func=known.__getitem__,
        key=shown,
        on_change=lambda: session.look(map=st.session_state[shown]),
    )
    st.selectbox(
        "Beside it",
        [_NONE, *known],
        format_func=lambda name: known.get(name, "No second map"),
        help="Maps of other studies of the same images, with other models, are offered as well.",
        key=session.control("map beside", beside.name if beside else _NONE),
        on_change=_show_beside,
    )


def _show_beside() -> None:
    chosen = st.session_state[session.control_key("map beside")]
    session.look(beside="" if chosen == _NONE else chosen)


def _choose_columns(study: Study) -> None:
    others = [column for column in study_table(study) if column not in ("id", CLUSTER, LABEL)]
    key = session.control("card columns", card_columns(study))
    st.multiselect(
        "On the hover card",
        others,
        format_func=column_title,
        placeholder="More columns",
        key=key,
        on_change=lambda: session.look(card=tuple(st.session_state[key])),
    )


def _another_map(study: Study) -> None:
    """Offer UMAP with other settings, drawn in the background and kept with the study."""
    job = runs.status(study.path)
    if job and job.is_active:
        live_job(study.path)
        return
    _take_finished(study, job)
    st.html('<div class="cae-quiet">Another UMAP of the same latents</div>')
    neighbours = st.slider(
        "n_neighbors",
        2,
        200,
        15,
        key="map neighbours",
        help="How many neighbours keep their closeness: few show fine structure, many the "
        "arrangement at large",
    )
    distance = st.slider(
        "min_dist",
        0.0,
        1.0,
        0.5,
        0.05,
        key="map distance",
        format="%.2f",
        help="Least distance of points on the map: 0 packs alike images tightly",
    )
    in_space = st.toggle("In 3-D", key="map in space")
    wanted = umap_projection(neighbours, distance, 3 if in_space else 2)
    is_there = wanted in seen_projections(study)
    action_button(
        "Is drawn already" if is_there else "Draw this map",
        partial(_draw, study, wanted),
        key="draw map",
        icon=":material/draw:",
        width="stretch",
        **withheld(Role.EDIT, study.path, disabled=is_there),
    )


def _draw(study: Study, wanted: Projection) -> None:
    settings = ["--n-neighbors", str(wanted.n_neighbors), "--min-dist", f"{wanted.min_dist:g}"]
    settings += ["--dimensions", str(wanted.dimensions)]
    demand(Role.EDIT, study.path)
    runs.start(study.path, ["map", str(study.path), *settings])
    st.session_state[_STARTED] = (str(study.path), wanted.name)


def _take_finished(study: Study, job: runs.Job | None) -> None:
    """Show a map that was asked for here and is now drawn beside the other, or why it is not."""
    path, name = st.session_state.get(_STARTED, ("", ""))
    if job is None or path != str(study.path):
        return
    if job.state == "failed":
        st.error(plain_markdown(job.error))
        return
    del st.session_state[_STARTED]
    if name in [projection.name for projection in seen_projections(study)]:
        session.look(beside=name)
        st.rerun()
