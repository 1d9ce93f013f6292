"""A decoded path on screen: a strip of all its frames, and one frame large."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from pages.components.pictures import data_uri

_FRONTEND = Path(__file__).parent / "frontend"


def _source(*names: str) -> str:
    return "\n".join((_FRONTEND / name).read_text("utf-8") for name in names)


_strip = st.components.v2.component(
    "cae_film_strip",
    html='<div class="cae-film" role="group" aria-label="Film strip"></div>',
    css=_source("film_strip.css"),
    js=_source("frames.js", "film_strip.js"),
    isolate_styles=False,
)
_viewer = st.components.v2.component(
    "cae_film_viewer",
    html=_source("film_viewer.html"),
    css=_source("film_viewer.css"),
    js=_source("frames.js", "film_viewer.js"),
    isolate_styles=False,
)


@dataclass(frozen=True, eq=False)
class Frame:
    """A synthetic image of a film and the real image nearest to it.

    Attributes:
        image: uint8 (H, W, C), decoded.
        caption: what it is, in a few words.
        nearest: row of the real image nearest to it.
        nearest_image: that image, uint8 (H, W, C).
        nearest_caption: its id and what is known of it.
        distance: cosine distance to it, 0–2.
    """

    image: np.ndarray
    caption: str
    nearest: int
    nearest_image: np.ndarray
    nearest_caption: str
    distance: float


def film_strip(
    film: str, frames: Sequence[Frame], ends: Sequence[tuple[str, np.ndarray]], key: str
) -> None:
    """Show all frames in a row between the originals; pressing one shows it in the viewer.

    Args:
        film: a name that strip, viewer and map share.
        frames: what was decoded, from one end to the other.
        ends: label and original image of the first and of the last.
        key: of the component.
    """
    data = {
        "film": film,
        "frames": [data_uri(frame.image) for frame in frames],
        "ends": [{"label": label, "image": data_uri(image)} for label, image in ends],
    }
    _strip(data=data, key=key)


def film_viewer(film: str, frames: Sequence[Frame], key: str) -> None:
    """Show one frame large beside the nearest real image, with a slider and a play button."""
    data = {
        "film": film,
        "frames": [
            {
                "image": data_uri(frame.image),
                "caption": frame.caption,
                "nearest": frame.nearest,
                "nearestCaption": frame.nearest_caption,
                "distance": frame.distance,
            }
            for frame in frames
        ],
        "nearest": {str(frame.nearest): data_uri(frame.nearest_image) for frame in frames},
    }
    _viewer(data=data, key=key)
