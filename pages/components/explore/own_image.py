"""An image of the user's own: looked at in memory, found among the study's images, not kept."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cae.decoding.lookup import Lookup, fit_to_study, look_up_image
from cae.decoding.rendering import render
from cae.errors import CaeError, UnusableError
from cae.sources.picture import picture_from_bytes
from cae.study.study import Study
from pages.components.explore.image_drop import image_drop
from pages.components.gallery.neighbour_gallery import NEIGHBOURS
from pages.components.gallery.spread_gallery import spread_gallery
from pages.components.kit.guard import guard
from pages.components.kit.pictures import real_figure, show_figures, synthetic_figure
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.map.map_marks import MapPath
from pages.components.state import session
from pages.components.state.rendering_switch import rendering_switch, shown_rendering
from pages.components.state.study_view import study_key

MARK = "★"
_HELD = "own image"
_PROBLEM = "own image problem"
_WIDTH = 128


@dataclass(frozen=True, eq=False)
class OwnImage:
    """An image that was pasted, dropped or chosen, and where it belongs.

    Attributes:
        key: of the study's state, as `study_key` returns it.
        name: of its file.
        image: as the model takes it, uint8 (S, S, C).
        remark: what of the file could not be used; empty if nothing.
        found: its latent, nearest images and position.
    """

    key: tuple[str, ...]
    name: str
    image: np.ndarray
    remark: str
    found: Lookup


def own_image(study: Study) -> OwnImage | None:
    """Return the image that was given last, None if there is none for this state of the study."""
    held = st.session_state.get(_HELD)
    return held if held is not None and held.key == study_key(study) else None


def own_image_mark(study: Study) -> MapPath | None:
    """Return the mark that shows on the map where the image belongs."""
    held = own_image(study)
    if held is None or held.found.position is None:
        return None
    x, y = held.found.position
    return MapPath(np.empty((0, 2)), ((MARK, float(x), float(y)),))


def own_image_input(study: Study) -> OwnImage | None:
    """Show where to put an image and what the model makes of it; return it if there is one."""
    if study.brought:
        st.caption(
            "The latents of this study came from elsewhere, so an image of your own can be placed "
            "among them only by what made them."
        )
        return None
    image_drop("own image drop", _receive)
    if problem := st.session_state.get(_PROBLEM):
        st.error(plain_markdown(problem))
    held = own_image(study)
    if held is None:
        st.caption(
            "It is encoded by the model, marked on the map and shown beside its nearest images. "
            "Nothing of it is stored: it only stays in memory until you leave or forget it."
        )
        return None
    shown = shown_rendering(study)
    decoded = render(study, held.found.latent[None], shown.rendering)[0]
    show_figures(
        [
            real_figure(held.image, f"{held.name}, as the model takes it", _WIDTH),
            synthetic_figure(decoded, shown.rendering.beside_original, _WIDTH),
        ]
    )
    rendering_switch(study, "own image")
    if shown.is_spread:
        spread_gallery(study, held.found.latent, shown.rendering.seed, "own image")
    if held.found.is_off_data:
        st.warning(
            f"Its nearest image is at {held.found.distances[0]:.3f}, and in meaning or in detail "
            "alone, by Euclidean distance, it is farther from every image than 99 % of this set's "
            "images are from one another. The model has seen next to nothing like it, so what is "
            "found may not be alike."
        )
    if held.remark:
        st.caption(f"Of this file {plain_markdown(held.remark)}.")
    words, forget = st.columns([3, 1], vertical_alignment="center")
    words.caption(f"Marked {MARK} on the map. Nothing of it is stored.")
    forget.button("Forget it", on_click=_forget, width="stretch")
    return held


@guard()
def _receive(name: str, contents: bytes) -> None:
    study = session.current_study()
    st.session_state[_PROBLEM] = None
    try:
        picture = picture_from_bytes(contents)
    except UnusableError as error:
        st.session_state[_PROBLEM] = f"{name} cannot be used: {error.reason}."
        return
    try:
        image = fit_to_study(study, picture.pixels)
        found = look_up_image(study, image, NEIGHBOURS)
    except CaeError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_HELD] = OwnImage(study_key(study), name, image, picture.remark, found)


def _forget() -> None:
    st.session_state.pop(_HELD, None)
