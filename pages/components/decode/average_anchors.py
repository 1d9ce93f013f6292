"""The averages of groups that a path joins: which they are, and how they are shown."""

import html

import numpy as np
import streamlit as st

from cae.decoding.decoded_path import MOST_ANCHORS, LatentPath
from cae.number_text import counted
from cae.study.study import Study
from pages.components.decode.anchor_map import MAP_HEIGHT
from pages.components.decode.image_groups import ImageGroup, image_groups
from pages.components.kit.pictures import data_uri
from pages.components.map.colour_choice import colour_choice
from pages.components.map.map import latent_map
from pages.components.map.map_look import MOVING, MapLook
from pages.components.map.map_marks import MapMarks, MapPath
from pages.components.map.study_map import map_pictures, map_points
from pages.components.state import session
from pages.components.state.study_view import study_colours, study_table

_IMAGES, _AVERAGES = "Images", "Averages"
_MAP_KEY = "averages map"
_LEAST = 2


def joins_averages(study: Study) -> bool:
    """Show whether a path joins images or averages of groups, and return the latter."""
    groups = image_groups(study)
    is_average = bool(session.view().between)
    key = session.control("anchors are", _AVERAGES if is_average else _IMAGES)
    st.segmented_control(
        "Anchors are",
        [_IMAGES, _AVERAGES],
        required=True,
        key=key,
        disabled=len(groups) < _LEAST,
        help="Averages: the mean latents of clusters, labels, cohorts or the selection",
        on_change=lambda: session.look(
            between=tuple(groups)[:_LEAST] if st.session_state[key] == _AVERAGES else ()
        ),
    )
    return is_average


def average_anchors(study: Study) -> list[ImageGroup]:
    """Let groups be chosen and return them in the order of the path."""
    groups = image_groups(study)
    known = [name for name in session.view().between if name in groups][:MOST_ANCHORS]
    key = session.control("averages of", known)
    chosen = st.multiselect(
        "The averages of",
        list(groups),
        max_selections=MOST_ANCHORS,
        format_func=lambda name: _title(groups[name]),
        key=key,
        # Without any group the path would join images.
        on_change=lambda: session.look(between=tuple(st.session_state[key]) or tuple(known[:1])),
    )
    return [groups[name] for name in chosen]


def average_cards(study: Study, path: LatentPath) -> None:
    """Show each average's letter, group and most typical image."""
    told = path.facts["averages"]
    ids = study_table(study)["id"]
    for start in range(0, len(told), 2):
        places = st.columns(2, gap="small")
        for place, number in zip(places, range(start, min(start + 2, len(told))), strict=False):
            one, row = told[number], path.anchors[number]
            group, name = (html.escape(str(text), quote=True) for text in (one["group"], ids[row]))
            place.html(
                f'<div class="cae-anchor"><img src="{data_uri(study.images[row])}" '
                f'alt="Most typical image of {one["letter"]}: {name}"><div><b>{one["letter"]}</b>'
                f'<div class="cae-anchor-id" title="{group}">{group}</div>'
                f'<div class="cae-quiet">Average of {counted(one["images"], "image")}; '
                f"shown is the most typical, {name}</div></div></div>"
            )


def average_map(
    study: Study, path: LatentPath, film: str, checked: np.ndarray | None = None
) -> None:
    """Show the map with the averages and the line between them.

    Args:
        study: with a map.
        path: as `walk_averages` returns it.
        film: whose shown step is marked on the line.
        checked: places (M, 2) of the steps' images, encoded again; None where not shown.
    """
    colour, _ = st.columns([2, 3])
    with colour:
        shown = colour_choice(study)
    anchors = [(one["letter"], *path.places[one["step"]]) for one in path.facts["averages"]]
    latent_map(
        map_points(study),
        study_colours(study, shown),
        MapMarks(
            session.current_selection().rows,
            path=MapPath(path.places, anchors, film=film, checked=checked),
        ),
        _MAP_KEY,
        MapLook(height=MAP_HEIGHT, tools=MOVING, category_action=""),
        pictures=map_pictures(study),
    )


def _title(group: ImageGroup) -> str:
    return f"{group.title} · {counted(len(group.rows), 'image')}"
