"""What the page Local shows of a study, worked out once for each state of its local model."""

import numpy as np
import pandas as pd
import streamlit as st

from cae.decoding.locate import FoundLandmarks, locate
from cae.export.landmarks import landmark_table
from cae.local.landmark import (
    Landmarks,
    constellation,
    find_landmark,
    match_map,
    similarity_map,
)
from cae.local.model import PixelMaps
from cae.study.study import Study
from pages.components.kit.cache import cache_resource


def shown_labels(study: Study, rows: np.ndarray) -> np.ndarray:
    """Return the region of every pixel of a few images, uint8 (M, H, W)."""
    return _pixels(_key(study), rows, study).labels


def shown_similarity(
    study: Study, rows: np.ndarray, template: int, x: int, y: int
) -> tuple[np.ndarray, Landmarks]:
    """Return how alike the pixels of a few images are to a point of image `template`.

    Returns:
        float32 (M, H, W), −1…1, and where the point is in each image.
    """
    key = _key(study)
    point = constellation(_pixels(key, np.array([template]), study).embeddings[0], x, y)
    embeddings = _pixels(key, rows, study).embeddings
    similarity = similarity_map(embeddings, point.points[0])
    match = match_map(embeddings, point, study.local_model.has_moves)
    return similarity, find_landmark(match, similarity)


def found_landmarks(
    study: Study, rows: np.ndarray, template: int, x: int, y: int
) -> FoundLandmarks:
    """Return where a point of image `template` is in many images."""
    return _landmarks(_key(study), rows, template, x, y, study)


def found_table(study: Study, rows: np.ndarray, template: int, x: int, y: int) -> pd.DataFrame:
    """Return `landmark_table` of `found_landmarks`."""
    return _table(_key(study), study.identifying, rows, template, x, y, study)


def _key(study: Study) -> tuple[str, str, str]:
    return str(study.path), study.digest("import"), study.digest("local")


@cache_resource(max_entries=8)
def _pixels(key: tuple[str, ...], rows: np.ndarray, _study: Study) -> PixelMaps:
    return _study.local_model.pixels(np.asarray(_study.images[rows]))


@cache_resource(max_entries=8)
def _landmarks(
    key: tuple[str, ...], rows: np.ndarray, template: int, x: int, y: int, _study: Study
) -> FoundLandmarks:
    bar = st.progress(0.0, "Looking for the point…")

    def show(done: int, total: int, message: str = "") -> None:
        bar.progress(done / max(1, total), f"{done:,} of {total:,} images")

    found = locate(_study, template, x, y, rows, show)
    bar.empty()
    return found


@cache_resource(max_entries=8)
def _table(
    key: tuple[str, ...],
    identifying: tuple[str, ...],
    rows: np.ndarray,
    template: int,
    x: int,
    y: int,
    _study: Study,
) -> pd.DataFrame:
    return landmark_table(_study, _landmarks(key, rows, template, x, y, _study))
