"""Small images for hover cards and mosaics of a map, handed to the browser on demand.

A component without a look of its own asks for rows and lives in a fragment, so that an answer
runs a few lines of Python and not the page. That serves a study of any size alike and keeps a
million images off the wire; what was sent stays in the browser.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from pages.components.kit.blob import pack
from pages.components.kit.component import Component, protocol

LARGEST_SIDE = 64
MOST_AT_ONCE = protocol("map")["picturesAtOnce"]

_feed = Component("map", "pictures_feed")


@dataclass(frozen=True, eq=False)
class MapPictures:
    """What a hover card shows besides what the map itself knows.

    Attributes:
        count: number of images.
        load: returns the images of rows (int64, M) as uint8 (M, H, W, C).
        state: stands for all that images and lines follow from; the browser forgets what it keeps
            of another.
        titles: of further lines.
        describe: returns, for rows (int64, M), a text for each of `titles`.
    """

    count: int
    load: Callable[[np.ndarray], np.ndarray]
    state: str
    titles: Sequence[str] = ()
    describe: Callable[[np.ndarray], Sequence[Sequence[str]]] = lambda rows: [[] for _ in rows]


@st.fragment
def picture_feed(pictures: MapPictures, images: str, key: str) -> None:
    """Answer what the maps of `images` (`MapPoints.images`) ask for; takes no room."""
    asked = (st.session_state.get(key) or {}).get("rows") or {"rows": []}
    _feed(data=answer(pictures, images, asked["rows"]), key=key, on_rows_change=lambda: None)


def answer(pictures: MapPictures, images: str, asked: Sequence[int]) -> bytes:
    """Return the message with pictures and lines of the first `MOST_AT_ONCE` of `asked` rows."""
    # The browser may ask for rows of a study that is no longer shown.
    rows = np.array([row for row in asked if 0 <= row < pictures.count], dtype=np.int64)
    rows = rows[:MOST_AT_ONCE]
    small = [thumbnail(image) for image in pictures.load(rows)] if len(rows) else []
    header = {
        "images": images,
        "state": pictures.state,
        "rows": rows.tolist(),
        "size": small[0].shape if small else (0, 0, 1),
        "lines": [list(lines) for lines in pictures.describe(rows)],
    }
    return pack(header, {"pixels": np.stack(small).ravel() if small else np.empty(0, np.uint8)})


def thumbnail(image: np.ndarray) -> np.ndarray:
    """Return an image (uint8, H×W×C) as it is, or made smaller to at most 64 pixels a side."""
    if max(image.shape[:2]) <= LARGEST_SIDE:
        return image
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX)
    return np.asarray(picture).reshape(picture.height, picture.width, -1)
