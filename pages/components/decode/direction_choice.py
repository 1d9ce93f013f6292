"""Which direction is followed: a principal component, or one that was saved with the study."""

import html

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.decoding.direction_store import delete_direction, saved_directions
from cae.latent.direction import Direction, principal_directions
from cae.latent.spread import evenly_spread
from cae.number_text import counted, number_text, percent_text
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.kit.guard import guard
from pages.components.kit.rights import demand, withheld
from pages.components.state import session
from pages.components.state.study_view import study_key
from pages.components.state.view import SAVED_DIRECTION

_COMPONENTS = 5
_MOST_IMAGES = 50_000


def known_directions(study: Study) -> dict[str, Direction]:
    """Return the principal components and the saved directions as addresses name them."""
    known = {one.name: one for one in _components(study_key(study), study)}
    # Components are there also where what was saved cannot be read.
    with guard():
        known |= {SAVED_DIRECTION + one.name: one for one in saved_directions(study)}
    return known


def direction_choice(study: Study) -> Direction:
    """Let one of the principal components or of the saved directions be chosen."""
    known = known_directions(study)
    names = list(known)
    wanted = session.view().direction
    choose, forget = st.columns([3, 1], vertical_alignment="bottom", gap="xsmall")
    with choose:
        name = st.selectbox(
            "Direction",
            names,
            index=names.index(wanted) if wanted in names else 0,
            format_func=lambda name: name.removeprefix(SAVED_DIRECTION),
            # A key for each list, so that a new direction can be the chosen one.
            key=session.control_key(f"direction of {names} {wanted}"),
        )
    if name != wanted:
        session.look(direction=name)
    with forget:
        _offer_to_forget(study, known[name].name, is_saved=name.startswith(SAVED_DIRECTION))
    st.html(f'<div class="cae-quiet">{html.escape(_in_words(known[name]))}</div>')
    return known[name]


def _offer_to_forget(study: Study, name: str, is_saved: bool) -> None:
    # A key for each direction, so that the question about the next one is closed.
    question = st.popover(
        "Forget",
        key=f"forget {name}",
        width="stretch",
        **withheld(
            Role.EDIT,
            study.path,
            help="Delete this direction" if is_saved else "Only saved directions can be deleted",
            disabled=not is_saved,
        ),
    )
    with question:
        st.text(f"Delete the direction “{name}”? It cannot be brought back.")
        st.button(
            "Delete direction",
            type="primary",
            key=f"delete direction {name}",
            on_click=_forget,
            args=(study, name),
        )


@guard()
def _forget(study: Study, name: str) -> None:
    demand(Role.EDIT, study.path)
    delete_direction(study, name)
    session.look(direction="")


def _in_words(direction: Direction) -> str:
    facts = direction.facts
    if facts["kind"] == "component" and "share" in facts:
        return f"{percent_text(facts['share'])} of the variance of all latents lies along it."
    if isinstance(facts.get("images"), list) and "apart_in_deviations" in facts:
        first, second = facts["images"]
        return (
            f"From the mean of {counted(second, 'image')} to that of {first:,}, which are "
            f"{number_text(facts['apart_in_deviations'], '.1f')} σ apart along it."
        )
    if not {"one_deviation", "explained"} <= facts.keys():
        return "A direction that was saved with the study."
    return (
        f"The change that goes along with {facts.get('column', 'the value')}, 1 σ = "
        f"{number_text(facts['one_deviation'], '.3g')}; latents explain "
        f"{percent_text(facts['explained'])} of it in images that the fit has not seen."
    )


@cache_resource(max_entries=4)
def _components(key: tuple[str, ...], _study: Study) -> list[Direction]:
    spread = evenly_spread(len(_study.latents), _MOST_IMAGES)
    return principal_directions(np.asarray(_study.latents[spread]), _COMPONENTS)
