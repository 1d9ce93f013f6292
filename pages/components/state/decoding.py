"""Decoded images of a study, each worked out once."""

import threading
from contextlib import suppress

import numpy as np
import streamlit as st

from cae.decoding.rendering import AS_MEAN, Rendering, render
from cae.errors import CaeError
from cae.study.study import Study
from pages.components.kit.cache import cache_data, cache_resource
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.state.study_view import study_key


def reconstructions(study: Study, rows: np.ndarray, rendering: Rendering = AS_MEAN) -> np.ndarray:
    """Return what is decoded (uint8, M×H×W×C) from the latents of `rows`.

    Raises:
        CaeError: the study has no model, no latents, or no sharp decoder where one is needed.
    """
    return _reconstructions(study_key(study), rows, rendering, study)


@cache_data(max_entries=256)
def _reconstructions(
    key: tuple[str, ...], rows: np.ndarray, rendering: Rendering, _study: Study
) -> np.ndarray:
    return render(_study, np.asarray(_study.latents[rows], dtype=np.float32), rendering)


def without_decoder(study: Study) -> None:
    """Say why nothing can be decoded where latents came from elsewhere, and where to change it."""
    st.info(
        f"The latents of the study “{plain_markdown(study.path.name)}” came from elsewhere, and "
        "nothing turns them into images yet. Map, clusters, search and cohorts work without; for "
        "paths, directions, lens and samples a decoder is trained from these latents to the images."
    )
    st.page_link(
        "pages/training.py",
        label="Train a decoder on Data & training",
        icon=":material/model_training:",
    )


def warm_model(study: Study) -> None:
    """Load the model in the background, so that the first decoded image need not wait."""
    _warmed(study_key(study), study)


@cache_resource(max_entries=4)
def _warmed(key: tuple[str, ...], _study: Study) -> threading.Thread:

    def load() -> None:
        with suppress(CaeError):  # said by the page that needs the model
            _ = _study.model

    thread = threading.Thread(target=load, daemon=True, name="load the model")
    thread.start()
    return thread
