"""Decoded images of a study, each worked out once."""

import threading
from contextlib import suppress

import numpy as np
import streamlit as st

from cae.errors import CaeError
from cae.study.study import Study
from pages.components.state.study_view import study_key


def reconstructions(study: Study, rows: np.ndarray) -> np.ndarray:
    """Return what the model decodes (uint8, M×H×W×C) from the latents of `rows`.

    Raises:
        CaeError: the study has no model or no latents.
    """
    return _reconstructions(study_key(study), tuple(int(row) for row in rows), study)


@st.cache_data(max_entries=256, show_spinner=False)
def _reconstructions(key: tuple[str, ...], rows: tuple[int, ...], _study: Study) -> np.ndarray:
    return _study.model.decode(np.asarray(_study.latents[list(rows)], dtype=np.float32))


def warm_model(study: Study) -> None:
    """Load the model in the background, so that the first decoded image need not wait."""
    _warmed(study_key(study), study)


@st.cache_resource(max_entries=4, show_spinner=False)
def _warmed(key: tuple[str, ...], _study: Study) -> threading.Thread:

    def load() -> None:
        with suppress(CaeError):  # said by the page that needs the model
            _ = _study.model

    thread = threading.Thread(target=load, daemon=True, name="load the model")
    thread.start()
    return thread
