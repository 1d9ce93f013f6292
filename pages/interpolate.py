"""Interpolate: what the model decodes between, along and around images."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from cae.study.study import Study
from pages.components.decode import (
    average_mode,
    direction_mode,
    grid_mode,
    lens_mode,
    path_mode,
    plane_mode,
)
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.kit.shell import ensure_shell
from pages.components.state import session
from pages.components.state.decoding import without_decoder
from pages.components.state.outdated_notice import outdated_notice


class Mode(NamedTuple):
    """One way to look at decoded images: its title and what shows it."""

    title: str
    show: Callable[[Study], None]


MODES = {
    path_mode.MODE: Mode("Path", path_mode.path_mode),
    grid_mode.MODE: Mode("Grid", grid_mode.grid_mode),
    direction_mode.MODE: Mode("Direction", direction_mode.direction_mode),
    plane_mode.MODE: Mode("Plane", plane_mode.plane_mode),
    lens_mode.MODE: Mode("Lens", lens_mode.lens_mode),
    average_mode.MODE: Mode("Average", average_mode.average_mode),
}


def interpolate() -> None:
    """Show the page."""
    study = session.current_study()
    if not (study.is_done("encode") and study.is_done("project")):
        _untrained(study)
        return
    if not study.can_decode:
        without_decoder(study)
        return
    outdated_notice(study)
    chosen = session.view().decode
    mode = chosen if chosen in MODES else next(iter(MODES))
    st.segmented_control(
        "What is decoded",
        list(MODES),
        default=mode,
        required=True,
        format_func=lambda name: MODES[name].title,
        key=session.control_key("decode"),
        label_visibility="collapsed",
        on_change=lambda: session.look(decode=st.session_state[session.control_key("decode")]),
    )
    MODES[mode].show(study)


def _untrained(study: Study) -> None:
    st.info(
        f"The study “{plain_markdown(study.path.name)}” has no trained model with a map yet, so "
        "nothing can be decoded; train it first."
    )
    st.page_link("pages/training.py", label="Data & training", icon=":material/model_training:")


with guard():
    ensure_shell()
    interpolate()
