"""A small picture of where on the map the images of a cohort lie."""

import base64
import io

import numpy as np
import streamlit as st
from PIL import Image

from cae.columns.colours import MISSING, rgb
from cae.study.study import Study
from pages.components.kit.cache import array_digest, cache_data

# Told from grey on a light and on a dark ground.
MEMBERS = "#3b82d8"
_PIXELS, _SHOWN = 288, 144
_MARGIN = 0.04
_FAINTEST = 0.35
_LARGEST = 3


def map_thumbnail(study: Study, rows: np.ndarray) -> None:
    """Show the study's map with the images of `rows` in colour; nothing before there is a map."""
    if not study.is_done("project"):
        return
    picture = _picture(study.digest("project"), array_digest(rows), rows, study)
    st.html(
        f'<img src="{picture}" width="{_SHOWN}" height="{_SHOWN}" class="cae-thumbnail" '
        f'alt="Where on the map the {len(rows):,} images lie">'
    )


def thumbnail(positions: np.ndarray, rows: np.ndarray, pixels: int) -> np.ndarray:
    """Return a map as RGBA, uint8 (pixels, pixels, 4), transparent where no image lies.

    Every image is a dot, the larger the fewer there are; the more lie in one place the less
    transparent it is. Those of `rows` lie above all others and are a little larger.

    Args:
        positions: (N, 2), y upwards; those that are not finite are not drawn.
        rows: row numbers of the images in colour.
        pixels: width and height.
    """
    xy = np.asarray(positions, dtype=np.float64)
    known = np.isfinite(xy).all(axis=1)
    picture = np.zeros((pixels, pixels, 4), dtype=np.uint8)
    if not known.any():
        return picture
    low, high = xy[known].min(axis=0), xy[known].max(axis=0)
    span = float((high - low).max()) * (1 + 2 * _MARGIN) or 1.0
    places = ((xy - (low + high) / 2) / span + 0.5) * pixels
    cells = np.clip(np.nan_to_num(places), 0, pixels - 1).astype(np.int64)
    cells[:, 1] = pixels - 1 - cells[:, 1]
    is_member = np.zeros(len(xy), dtype=bool)
    is_member[rows] = True
    reach = int(np.clip(round(pixels / (6 * np.sqrt(known.sum()))), 1, _LARGEST))
    _paint(picture, cells[known], MISSING, reach)
    _paint(picture, cells[known & is_member], MEMBERS, reach + 1)
    return picture


def _paint(picture: np.ndarray, cells: np.ndarray, colour: str, reach: int) -> None:
    pixels = len(picture)
    counts = np.zeros((pixels, pixels))
    for right in range(-reach + 1, reach):
        for down in range(-reach + 1, reach):
            x = np.clip(cells[:, 0] + right, 0, pixels - 1)
            y = np.clip(cells[:, 1] + down, 0, pixels - 1)
            np.add.at(counts, (y, x), 1)
    is_drawn = counts > 0
    if not is_drawn.any():
        return
    share = np.log1p(counts[is_drawn]) / np.log1p(counts.max())
    opacity = _FAINTEST + (1 - _FAINTEST) * share
    picture[is_drawn] = np.column_stack(
        [np.tile(rgb(colour), (len(opacity), 1)), np.round(255 * opacity)]
    ).astype(np.uint8)


@cache_data(max_entries=128)
def _picture(project: str, members: str, rows: np.ndarray, _study: Study) -> str:
    buffer = io.BytesIO()
    Image.fromarray(thumbnail(_study.projection, rows, _PIXELS)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
