"""Interpolate, direction: how one image changes along a direction of the latent space."""

import numpy as np
import streamlit as st

from cae.access.roles import Role
from cae.decoding.decoded_path import DIRECTION_STEPS, REACHES, LatentPath, walk_direction
from cae.decoding.direction_store import delete_direction, saved_directions
from cae.latent.direction import Direction, principal_directions
from cae.latent.spread import evenly_spread
from cae.study.study import Study
from pages.components.decode.anchor_map import anchor_map
from pages.components.decode.anchor_picker import anchor_picker
from pages.components.decode.anchors import anchor_card, anchors
from pages.components.decode.decoded_film import decoded_film, film_name
from pages.components.decode.new_direction import new_direction
from pages.components.kit.cache import cache_resource
from pages.components.kit.guard import guard
from pages.components.kit.rights import demand, withheld
from pages.components.state import session
from pages.components.state.study_view import study_key
from pages.components.state.view import SAVED_DIRECTION

MODE = "direction"
_COMPONENTS = 5
_MOST_IMAGES = 50_000
_WITHIN = 0.0


def direction_mode(study: Study) -> None:
    """Show map, image, direction and the image changed along it."""
    chosen = dict(list(anchors(study, 1).items())[:1])
    left, right = st.columns([3, 2], gap="medium")
    with right:
        anchor_card(study, "a", chosen["a"])
        anchor_picker(study, "a")
        direction = _choose(study)
        new_direction(study)
        reach = st.segmented_control(
            "How far",
            [_WITHIN, *REACHES[::-1]],
            default=_WITHIN,
            required=True,
            format_func=lambda reach: "Within the images" if reach == _WITHIN else f"±{reach:g} σ",
            help="Beyond the images decoding is a guess, and such steps are marked.",
            key=session.control_key("reach"),
        )
    path = _walked(
        study_key(study),
        chosen["a"],
        direction.name,
        direction.vector,
        None if reach == _WITHIN else reach,
        direction,
        study,
    )
    with left:
        anchor_map(study, chosen, ("a",), path.places, film_name(MODE))
        strip = st.container()
    with right:
        decoded_film(study, path, MODE, strip, reference=DIRECTION_STEPS // 2)


def _choose(study: Study) -> Direction:
    """Let one of the principal components or of the saved directions be chosen."""
    known = {one.name: one for one in _components(study_key(study), study)}
    known |= {SAVED_DIRECTION + one.name: one for one in saved_directions(study)}
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
    st.html(f'<div class="cae-quiet">{_in_words(known[name])}</div>')
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
        return f"{facts['share']:.0%} of the variance of all latents lies along it."
    if isinstance(facts.get("images"), list) and "apart_in_deviations" in facts:
        first, second = facts["images"]
        return (
            f"From the mean of {second:,} images to that of {first:,}, which are "
            f"{facts['apart_in_deviations']:.1f} σ apart along it."
        )
    if not {"one_deviation", "explained"} <= facts.keys():
        return "A direction that was saved with the study."
    return (
        f"The change that goes along with {facts.get('column', 'the value')}, 1 σ = "
        f"{facts['one_deviation']:.3g}; latents explain {facts['explained']:.0%} of it in images "
        "that the fit has not seen."
    )


@cache_resource(max_entries=64)
def _walked(
    key: tuple[str, ...],
    row: int,
    name: str,
    vector: np.ndarray,
    reach: float | None,
    _direction: Direction,
    _study: Study,
) -> LatentPath:
    return walk_direction(_study, row, _direction, reach)


@cache_resource(max_entries=4)
def _components(key: tuple[str, ...], _study: Study) -> list[Direction]:
    spread = evenly_spread(len(_study.latents), _MOST_IMAGES)
    return principal_directions(np.asarray(_study.latents[spread]), _COMPONENTS)
