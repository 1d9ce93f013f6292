"""The switch that stands wherever images are decoded: mean, likely or spread."""

from typing import NamedTuple

import streamlit as st

from cae.decoding.rendering import AS_MEAN, LIKELY, MEAN, Rendering
from cae.decoding.spread import DRAWS
from cae.study.study import Study
from pages.components.state import session
from pages.components.state.view import LARGEST_NOISE

SPREAD = "spread"
TITLES = {MEAN: "Mean", LIKELY: "Likely", SPREAD: "Spread"}
_HELP = (
    "**Mean**: what a latent shows on average; blurred, and what all is measured by. **Likely**: "
    "one image that it may be of; detail is invented. **Spread**: several of these and where they "
    "differ."
)
_UNTRAINED = " *Likely* and *spread* need a sharp decoder: Data & training, or `cae sharpen`."


class Shown(NamedTuple):
    """What decoded images show: how each is made, and whether several are to be compared."""

    rendering: Rendering
    is_spread: bool


def shown_rendering(study: Study) -> Shown:
    """Return what decoded images of a study show; the mean where it has no sharp decoder."""
    view = session.view()
    if not study.is_sharpened or view.drawn not in (LIKELY, SPREAD):
        return Shown(AS_MEAN, False)
    return Shown(Rendering(LIKELY, view.noise), view.drawn == SPREAD)


def rendering_switch(study: Study, place: str) -> Shown:
    """Show the switch, and what is invented where something is; return what is chosen.

    Args:
        study: whose latents are decoded.
        place: tells this switch from others of the page.
    """
    shown = shown_rendering(study)
    kind = SPREAD if shown.is_spread else shown.rendering.kind
    key = session.control(f"rendering {place}", kind)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control(
            "Decoded images show",
            list(TITLES),
            required=True,
            format_func=TITLES.__getitem__,
            key=key,
            help=_HELP if study.is_sharpened else _HELP + _UNTRAINED,
            disabled=not study.is_sharpened,
            on_change=lambda: session.look(drawn=_told(st.session_state[key])),
        )
        if kind != MEAN:
            st.button(
                "Another one" if kind == LIKELY else "Others",
                icon=":material/casino:",
                key=f"another {place}",
                help="Draw what is invented anew, with the next seed",
                on_click=_draw_anew,
                args=(shown,),
            )
    if kind != MEAN:
        first = shown.rendering.seed
        seeds = f"Seeds {first} to {first + DRAWS - 1}" if shown.is_spread else f"Seed {first}"
        st.html(
            f'<div class="cae-warning" role="status">{seeds}, '
            f"{shown.rendering.steps} steps: detail that the mean lacks is invented.</div>"
        )
    return shown


def _told(kind: str) -> str:
    return "" if kind == MEAN else kind


def _draw_anew(shown: Shown) -> None:
    step = DRAWS if shown.is_spread else 1
    session.look(noise=(shown.rendering.seed + step) % (LARGEST_NOISE + 1))
