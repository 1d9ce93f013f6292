"""Interpolate: what the model decodes on the way from one image to another."""

import numpy as np
import streamlit as st

from cae.errors import CaeError
from cae.latent.decoded_path import (
    FEWEST_STEPS,
    KINDS,
    MOST_STEPS,
    DecodedPath,
    LatentPath,
    decode_path,
    walk,
)
from cae.latent.typical import typical_row
from cae.study import Study
from pages.components import session
from pages.components.anchor_picker import anchor_picker
from pages.components.anchors import anchor_card, anchors, swap_anchors
from pages.components.film import Frame, film_strip, film_viewer
from pages.components.guard import guard
from pages.components.map import MOVING, MapEvent, MapPath, latent_map
from pages.components.path_downloads import path_downloads
from pages.components.shell import ensure_shell
from pages.components.study_view import (
    caption,
    colour_choices,
    map_pictures,
    map_points,
    study_colours,
    study_key,
    study_table,
)

USUAL_STEPS = 9
MAP_HEIGHT = 500
_TARGET = "anchor target"
_DECODED = "decoded before"


def interpolate() -> None:
    """Show the page."""
    study = session.current_study()
    if not (study.is_current("encode") and study.is_current("project")):
        _untrained(study)
        return
    chosen = anchors(study)
    kind = session.get_path_kind() if session.get_path_kind() in KINDS else next(iter(KINDS))
    steps = min(max(session.get_steps() or USUAL_STEPS, FEWEST_STEPS), MOST_STEPS)
    path = _walked(study_key(study), tuple(chosen.values()), steps, kind, study)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(study, chosen, path)
    with right:
        _anchors(study, chosen)
        _settings(steps, kind)
        viewer = st.container()
    strip = st.container()
    with viewer:
        waiting = st.empty()
        if st.session_state.get(_DECODED) != _film():
            waiting.html('<div class="cae-film-wait">Loading the model and decoding…</div>')
        try:
            decoded = _decoded(study_key(study), path.anchors, steps, kind, study)
        except CaeError as error:
            waiting.error(str(error))
            return
        waiting.empty()
        st.session_state[_DECODED] = _film()
        frames = _frames(study, decoded)
        film_viewer(_film(), frames, key="film viewer")
        path_downloads(study, decoded)
    with strip:
        ends = [(which.upper(), study.images[row]) for which, row in chosen.items()]
        film_strip(_film(), frames, ends, key="film strip")


def _untrained(study: Study) -> None:
    st.info(
        f"The study “{study.name}” has no trained model with a map yet, so nothing can be "
        "decoded; train it first."
    )
    st.page_link("pages/training.py", label="Data & training", icon=":material/model_training:")


def _film() -> str:
    return session.control_key("path")


def _map(study: Study, chosen: dict[str, int], path: LatentPath) -> None:
    colour, target = st.columns([2, 3])
    choices = colour_choices(study)
    names = list(choices)
    shown = session.get_colour() if session.get_colour() in names else names[0]
    with colour:
        st.selectbox(
            "Colour by",
            names,
            index=names.index(shown),
            format_func=choices.get,
            key=session.control_key("colour"),
            on_change=lambda: session.set_colour(st.session_state[session.control_key("colour")]),
        )
    st.session_state.setdefault(_TARGET, session.ANCHORS[0])
    with target:
        which = st.segmented_control(
            "A click on the map chooses",
            session.ANCHORS,
            required=True,
            format_func=str.upper,
            key=_TARGET,
        )
    xy = study.projection
    latent_map(
        map_points(study),
        study_colours(study, shown),
        session.current_selection().rows,
        key="path map",
        path=MapPath(
            path.places,
            [(name.upper(), *xy[row]) for name, row in chosen.items()],
            film=_film(),
        ),
        hint=f"Click an image: it becomes {which.upper()}",
        height=MAP_HEIGHT,
        tools=MOVING,
        pictures=map_pictures(study),
        category_action=f"Make the most typical image of {{}} {which.upper()}",
        on_event=_handle,
    )


@guard()
def _handle(event: MapEvent) -> None:
    """Make the clicked image, or the typical one of a pressed category, the anchor; go on to
    the other anchor.
    """
    study = session.current_study()
    row = event.row
    if event.kind == "category":
        rows = study_colours(study, session.get_colour()).rows(event.level)
        row = typical_row(study.latents, rows)
    which = st.session_state.get(_TARGET) or session.ANCHORS[0]
    session.set_anchor(which, row)
    st.session_state[_TARGET] = next(name for name in session.ANCHORS if name != which)


def _anchors(study: Study, chosen: dict[str, int]) -> None:
    first, swap, second = st.columns([5, 1, 5], vertical_alignment="center", gap="small")
    for place, (which, row) in zip((first, second), chosen.items(), strict=True):
        with place:
            anchor_card(study, which, row)
            anchor_picker(study, which)
    swap.button(
        "",
        icon=":material/swap_horiz:",
        key="swap",
        help="Swap A and B",
        on_click=swap_anchors,
    )


def _settings(steps: int, kind: str) -> None:
    number, way = st.columns(2)
    with number:
        st.slider(
            "Steps",
            FEWEST_STEPS,
            MOST_STEPS,
            steps,
            key=session.control_key("steps"),
            on_change=lambda: session.set_steps(st.session_state[session.control_key("steps")]),
        )
    with way:
        st.segmented_control(
            "Path",
            list(KINDS),
            default=kind,
            required=True,
            format_func=lambda name: KINDS[name].title,
            key=session.control_key("path kind"),
            on_change=lambda: session.set_path_kind(
                st.session_state[session.control_key("path kind")]
            ),
        )
    st.html(f'<div class="cae-quiet">{KINDS[kind].sentence}</div>')


@st.cache_resource(max_entries=64, show_spinner=False)
def _walked(
    key: tuple[str, ...], rows: tuple[int, ...], steps: int, kind: str, _study: Study
) -> LatentPath:
    return walk(_study, rows, steps, kind)


@st.cache_resource(max_entries=32, show_spinner=False)
def _decoded(
    key: tuple[str, ...], rows: tuple[int, ...], steps: int, kind: str, _study: Study
) -> DecodedPath:
    return decode_path(_study, _walked(key, rows, steps, kind, _study))


def _frames(study: Study, path: DecodedPath) -> list[Frame]:
    ids = study_table(study)["id"]
    shares = np.linspace(0, 1, len(path))
    found = zip(path.images, shares, path.nearest_rows, path.nearest_distances, strict=True)
    return [
        Frame(
            image=image,
            caption=_whence(share),
            nearest=int(row),
            nearest_image=study.images[row],
            nearest_caption=" · ".join(filter(None, [str(ids.iloc[row]), caption(study, row)])),
            distance=float(distance),
        )
        for image, share, row, distance in found
    ]


def _whence(share: float) -> str:
    if share in (0, 1):
        return f"Decoded from {'B' if share else 'A'} itself"
    return f"{share:.0%} of the way from A to B"


with guard():
    ensure_shell()
    interpolate()
