"""What the latent of one place of a lens or plane leaves open."""

import numpy as np
import streamlit as st

from cae.decoding.rendering import render
from cae.study.study import Study
from pages.components.decode.film import shown_step
from pages.components.gallery.spread_gallery import spread_gallery
from pages.components.kit.guard import guard
from pages.components.kit.pictures import show_figures, synthetic_figure
from pages.components.state.rendering_switch import Shown

_WIDTH = 208


@st.fragment
def place_gallery(study: Study, latents: np.ndarray, film: str, shown: Shown, key: str) -> None:
    """Show a likely image, or several, of the place that is looked at, once it stays for a moment.

    Args:
        study: with a sharp decoder.
        latents: float32 (M, d), of all places.
        film: a name that this and what shows the places share.
        shown: how images are shown, not the mean.
        key: of the components.
    """
    with guard():
        place = shown_step(film, len(latents), key=f"place of {key}")
        if place is None:
            return
        if shown.is_spread:
            spread_gallery(study, latents[place], shown.rendering.seed, key)
            return
        image = render(study, latents[place][None], shown.rendering)[0]
        show_figures([synthetic_figure(image, shown.rendering.beside_original, _WIDTH)])
