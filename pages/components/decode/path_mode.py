"""Interpolate, path: through images or averages of groups, and what is decoded on the way."""

import numpy as np
import streamlit as st

from cae.decoding.decoded_path import (
    FEWEST_STEPS,
    KINDS,
    MOST_ANCHORS,
    MOST_STEPS,
    Average,
    LatentPath,
    walk,
    walk_averages,
)
from cae.decoding.path_check import PathCheck
from cae.study.study import Study
from pages.components.decode.anchor_map import anchor_map
from pages.components.decode.anchor_picker import anchor_picker
from pages.components.decode.anchors import (
    add_anchor,
    anchor_cards,
    anchors,
    set_anchors,
    swap_anchors,
)
from pages.components.decode.average_anchors import (
    average_anchors,
    average_cards,
    average_map,
    joins_averages,
)
from pages.components.decode.decoded_film import checked_path, decoded_film, film_name
from pages.components.kit.cache import cache_resource
from pages.components.kit.icon_button import icon_button
from pages.components.state import session
from pages.components.state.study_view import study_key
from pages.components.state.view import ANCHORS

MODE = "path"
_USUAL_STEPS = 9
_LEAST = 2


def path_mode(study: Study) -> None:
    """Show map, anchors, settings and film of a path."""
    if joins_averages(study):
        _between_averages(study)
    else:
        _between_images(study)


def _between_images(study: Study) -> None:
    chosen = anchors(study, _LEAST)
    view = session.view()
    is_loop = view.loop
    rows = (*chosen.values(), *([chosen["a"]] if is_loop else []))
    kind = view.path if view.path in KINDS else next(iter(KINDS))
    fewest = max(FEWEST_STEPS, len(rows))
    steps = min(max(view.steps or _USUAL_STEPS, fewest), MOST_STEPS)
    with st.spinner("Looking for the way…"):
        path = _walked(study_key(study), rows, steps, kind, study)
        check = checked_path(study, path) if view.check and study.can_encode else None
    left, right = st.columns([3, 2], gap="medium")
    with left:
        following = ANCHORS[len(chosen) : len(chosen) + 1]
        offered = (*chosen, *following)
        places = None if check is None else check.places
        anchor_map(study, chosen, offered, path.places, film_name(MODE), checked=places)
        if check is not None:
            _say_how_far(check)
        strip = st.container()
    with right:
        anchor_cards(study, chosen, anchor_picker, _LEAST)
        _arrange(study, chosen, is_loop)
        _settings(fewest, steps, kind)
        ends = [(which.upper(), study.images[row]) for which, row in chosen.items()]
        last = ends[0] if is_loop else ends[-1]
        decoded_film(study, path, MODE, strip, (ends[0], last), check=check)


def _between_averages(study: Study) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with right:
        groups = average_anchors(study)
    if len(groups) < _LEAST:
        right.info("Choose another group; a path joins the averages of two or more.")
        return
    fewest = max(FEWEST_STEPS, len(groups))
    steps = min(max(session.view().steps or _USUAL_STEPS, fewest), MOST_STEPS)
    names = tuple(group.title for group in groups)
    path = _walked_averages(study_key(study), names, [one.rows for one in groups], steps, study)
    with left:
        is_checked = session.view().check and study.can_encode
        check = checked_path(study, path) if is_checked else None
        average_map(study, path, film_name(MODE), None if check is None else check.places)
        if check is not None:
            _say_how_far(check)
        strip = st.container()
    with right:
        average_cards(study, path)
        _check_toggle(study)
        _steps_slider(fewest, steps)
        st.html(
            '<div class="cae-quiet">Averages are mean latents, brought back to where latents lie; '
            "they stand for no image. The path is the shortest between them.</div>"
        )
        told = path.facts["averages"]
        ends = [
            (f"Typical of {told[at]['letter']}", study.images[path.anchors[at]]) for at in (0, -1)
        ]
        decoded_film(study, path, MODE, strip, ends, check=check)


def _say_how_far(check: PathCheck) -> None:
    """Say how far images, encoded again (squares on the map), are from what was meant."""
    st.html(
        '<div class="cae-quiet" role="status">Squares: the images of the steps, encoded again. '
        f"Their cosine distance to what was meant (Δ) is {np.median(check.distances):.3f} in the "
        f"median and at most {check.distances.max():.3f}, in step {check.worst + 1}.</div>"
    )


def _arrange(study: Study, chosen: dict[str, int], is_loop: bool) -> None:
    selected = session.current_selection().rows
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        icon_button(
            "Walk the other way round",
            ":material/swap_horiz:",
            "swap",
            st.container(width="content"),
            on_click=swap_anchors,
            args=(chosen,),
        )
        st.button(
            "Add anchor",
            icon=":material/add:",
            key="add anchor",
            help="One more image to walk through, behind the last",
            disabled=len(chosen) >= MOST_ANCHORS,
            on_click=add_anchor,
            args=(study, chosen),
        )
        st.button(
            "Selection as anchors",
            key="selection as anchors",
            help=f"Walk through the selected images, 2 to {MOST_ANCHORS} of them",
            disabled=not _LEAST <= len(selected) <= MOST_ANCHORS,
            on_click=set_anchors,
            args=(selected.tolist(),),
        )
        st.toggle(
            "Loop",
            is_loop,
            key=session.control_key("loop"),
            help="Walk back to A at the end",
            on_change=lambda: session.look(loop=st.session_state[session.control_key("loop")]),
        )
        _check_toggle(study)


def _check_toggle(study: Study) -> None:
    st.toggle(
        "Check",
        session.view().check and study.can_encode,
        key=session.control_key("check"),
        disabled=not study.can_encode,
        help="Encode the images of the steps again: where they fall on the map, how far from "
        "what was meant, and the nearest real image of each",
        on_change=lambda: session.look(check=st.session_state[session.control_key("check")]),
    )


def _settings(fewest: int, steps: int, kind: str) -> None:
    number, way = st.columns([1, 2])
    with number:
        _steps_slider(fewest, steps)
    with way:
        st.segmented_control(
            "Path",
            list(KINDS),
            default=kind,
            required=True,
            format_func=lambda name: KINDS[name].title,
            key=session.control_key("path kind"),
            on_change=lambda: session.look(path=st.session_state[session.control_key("path kind")]),
        )
    st.html(f'<div class="cae-quiet">{KINDS[kind].sentence}</div>')


def _steps_slider(fewest: int, steps: int) -> None:
    st.slider(
        "Steps",
        fewest,
        MOST_STEPS,
        steps,
        key=session.control_key(f"steps from {fewest}"),
        on_change=lambda: session.look(
            steps=st.session_state[session.control_key(f"steps from {fewest}")]
        ),
    )


@cache_resource(max_entries=64)
def _walked_averages(
    key: tuple[str, ...],
    names: tuple[str, ...],
    rows: list[np.ndarray],
    steps: int,
    _study: Study,
) -> LatentPath:
    averages = [Average(name, of) for name, of in zip(names, rows, strict=True)]
    return walk_averages(_study, averages, steps)


@cache_resource(max_entries=64)
def _walked(
    key: tuple[str, ...], rows: tuple[int, ...], steps: int, kind: str, _study: Study
) -> LatentPath:
    return walk(_study, rows, steps, kind)
