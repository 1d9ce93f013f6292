"""A path decoded step by step: the film on screen and its downloads."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cae.decoding.decoded_path import DecodedPath, LatentPath, decode_path
from cae.decoding.difference import difference_picture
from cae.decoding.path_check import PathCheck, check_path
from cae.decoding.rendering import MEAN, Rendering
from cae.errors import CaeError
from cae.evaluation.reconstruction import psnr
from cae.number_text import deviations_text
from cae.study.study import Study
from pages.components.decode.difference_legend import difference_legend
from pages.components.decode.film import Frame, film_strip, film_viewer, shown_step
from pages.components.decode.path_downloads import path_downloads
from pages.components.gallery.neighbour_gallery import latent_neighbours
from pages.components.gallery.spread_gallery import spread_gallery
from pages.components.kit.cache import cache_resource
from pages.components.kit.guard import guard
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state import session
from pages.components.state.rendering_switch import rendering_switch, shown_rendering
from pages.components.state.study_view import caption, study_key, study_table

_DECODED = "decoded before"
_LEAST_LIMIT = 16.0


def film_name(mode: str) -> str:
    """Return the name that strip, viewer and map share for what `mode` decodes."""
    return session.control_key(mode)


def decoded_film(
    study: Study,
    path: LatentPath,
    mode: str,
    strip: DeltaGenerator,
    ends: Sequence[tuple[str, np.ndarray]] = (),
    references: np.ndarray | None = None,
    rows: Sequence[str] = (),
    check: PathCheck | None = None,
) -> None:
    """Decode a path and show its steps: one large here, all of them in `strip`.

    Args:
        study: the path is in its latent space.
        path: what to decode.
        mode: names the film.
        strip: where the row or grid of all steps goes.
        ends: letter and image of the originals to show at both ends of the strip.
        references: int (M,), the step that each step is compared with; None lets one for all be
            chosen.
        rows: what to write above each row of a grid.
        check: of the images that are shown, encoded again; then the nearest real image stands
            beneath each of them.
    """
    film = film_name(mode)
    shown = rendering_switch(study, mode)
    waiting = st.empty()
    if st.session_state.get(_DECODED) != film:
        waiting.html('<div class="cae-film-wait">Loading the model and decoding…</div>')
    try:
        decoded = _decoded(study_key(study), _digest(path), shown.rendering, path, study)
    except CaeError as error:
        waiting.error(plain_markdown(str(error)))
        return
    waiting.empty()
    st.session_state[_DECODED] = film
    if references is None:
        references = _chosen_references(path, mode)
    limit = None if references is None else _limit(decoded, references)
    frames = _frames(study, decoded, references, limit, check)
    _say_where_it_leaves_the_data(path)
    film_viewer(film, frames, key=f"film viewer {mode}")
    if limit is not None:
        difference_legend(limit, is_of_means=shown.rendering.kind != MEAN)
    if shown.is_spread:
        _spread(study, path, mode, shown.rendering.seed)
    if check is not None:
        decoded = replace(decoded, apart=check.distances)
    path_downloads(study, decoded)
    _offer_neighbours(study, path, mode)
    with strip:
        columns = path.facts.get("columns")
        key = f"film strip {mode}"
        film_strip(film, frames, ends, key, columns, rows, with_nearest=check is not None)


def _chosen_references(path: LatentPath, mode: str) -> np.ndarray | None:
    """Let a step be chosen that all others are compared with."""
    step = st.selectbox(
        "What changed since step",
        range(len(path)),
        index=None,
        placeholder="Compare with no step",
        format_func=lambda step: f"{step + 1} · {path.captions[step]}",
        # A key for each length, as a step may be missing from another path.
        key=session.control_key(f"compared with {mode} {len(path)}"),
    )
    return None if step is None else np.full(len(path), step)


def _limit(path: DecodedPath, references: np.ndarray) -> float:
    """Return the change, in grey levels, that has the full colour."""
    # What is invented is no change.
    changes = path.means.astype(int) - path.means[references].astype(int)
    return max(float(np.abs(changes.mean(axis=-1)).max()), _LEAST_LIMIT)


@st.fragment
def _offer_neighbours(study: Study, path: LatentPath, mode: str) -> None:
    """Show the real images nearest to the step that the film shows, where that is asked for."""
    panel = st.popover(
        "Real images like this step", width="stretch", key=f"like a step {mode}", on_change="rerun"
    )
    panel.html('<div class="cae-fills-popover"></div>')
    if not panel.open:
        return
    with panel, guard():
        step = shown_step(film_name(mode), len(path), key=f"like which step {mode}")
        if step is None:
            return
        st.caption(f"Step {step + 1} of {len(path)}: {plain_markdown(path.captions[step])}")
        latent_neighbours(study, path.latents[step], f"like a step found {mode}", _open)


@st.fragment
def _spread(study: Study, path: LatentPath, mode: str, seed: int) -> None:
    """Show what the latent of the step that the film shows leaves open."""
    with guard():
        step = shown_step(film_name(mode), len(path), key=f"spread of which step {mode}")
        if step is not None:
            st.caption(f"Step {step + 1} of {len(path)}: {plain_markdown(path.captions[step])}")
            spread_gallery(study, path.latents[step], seed, mode)


def _open(row: int) -> None:
    session.open_image(row)
    st.toast("The image is open on the page Explore.")


def checked_path(study: Study, path: LatentPath) -> PathCheck:
    """Return how far the images that are shown of a path are from it, encoded again.

    Raises:
        CaeError: the study's model is missing or damaged.
    """
    rendering = shown_rendering(study).rendering
    return _checked(study_key(study), _digest(path), rendering, path, study)


@cache_resource(max_entries=32)
def _checked(
    key: tuple[str, ...], digest: str, rendering: Rendering, _path: LatentPath, _study: Study
) -> PathCheck:
    return check_path(_study, _decoded(key, digest, rendering, _path, _study))


@cache_resource(max_entries=32)
def _decoded(
    key: tuple[str, ...], digest: str, rendering: Rendering, _path: LatentPath, _study: Study
) -> DecodedPath:
    return decode_path(_study, _path, rendering)


def _digest(path: LatentPath) -> str:
    told = f"{path.kind} {path.anchors} {path.captions} {path.facts}".encode()
    return hashlib.blake2b(path.latents.tobytes() + told, digest_size=16).hexdigest()


def _say_where_it_leaves_the_data(path: LatentPath) -> None:
    off = int(path.off_data.sum())
    if off:
        st.html(
            f'<div class="cae-warning" role="status">{off} of {len(path)} steps are farther from '
            "every image, in meaning or detail alone, than images are from one another: a "
            "guess.</div>"
        )


def _frames(
    study: Study,
    path: DecodedPath,
    references: np.ndarray | None,
    limit: float | None,
    check: PathCheck | None,
) -> list[Frame]:
    ids = study_table(study)["id"]
    deviations = path.facts.get("deviations", ())
    repeats = len(path) // max(len(deviations), 1)
    labels = [deviations_text(value) if value else "0 σ" for value in deviations] * repeats
    labels = labels or [str(step) for step in range(1, len(path) + 1)]
    frames = []
    for step, row in enumerate(path.nearest_rows):
        image = path.images[step]
        frames.append(
            Frame(
                image=image,
                label=labels[step],
                caption=path.captions[step] + _error(study, path, step) + _invented(path),
                nearest=int(row),
                nearest_image=study.images[row],
                nearest_caption=" · ".join(filter(None, [str(ids.iloc[row]), caption(study, row)])),
                distance=float(path.nearest_distances[step]),
                is_off_data=bool(path.off_data[step]),
                apart=None if check is None else float(check.distances[step]),
                difference=(
                    None
                    if references is None or limit is None
                    else difference_picture(path.means[step], path.means[references[step]], limit)
                ),
            )
        )
    return frames


def _error(study: Study, path: DecodedPath, step: int) -> str:
    """Say of a step that is an anchor itself how near its decoded image is to the original."""
    for row in dict.fromkeys(path.anchors):
        if np.array_equal(path.latents[step], study.latents[row]):
            if np.array_equal(study.images[row], path.means[step]):
                return " · as the original"
            (decibels,) = psnr(study.images[[row]], path.means[[step]])
            whose = "" if path.rendering.kind == MEAN else ", its mean"
            return f" · {decibels:.1f} dB from the original{whose}"
    return ""


def _invented(path: DecodedPath) -> str:
    return "" if path.rendering.kind == MEAN else f" · {path.rendering.words}, invented detail"
