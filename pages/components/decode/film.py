"""A decoded path on screen: a strip of all its frames, and one frame large."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages.components.kit.component import Component
from pages.components.kit.pictures import data_uri

_strip = Component("decode", "film_strip")
_viewer = Component("decode", "film_viewer", style="viewer")
_step = Component("decode", "film_step")


@dataclass(frozen=True, eq=False)
class Frame:
    """A synthetic image of a film and the real image nearest to it.

    Attributes:
        image: uint8 (H, W, C), decoded.
        label: its number, or whatever fits under a small picture.
        caption: what it is, in a few words.
        nearest: row of the real image nearest to it.
        nearest_image: that image, uint8 (H, W, C).
        nearest_caption: its id and what is known of it.
        distance: cosine distance to it, 0–2.
        is_off_data: whether it is far from every image.
        difference: what changed in comparison with another frame, uint8 (H, W, 3), or None.
        apart: cosine distance of the image, encoded again, to what was meant; None if not known.
    """

    image: np.ndarray
    label: str
    caption: str
    nearest: int
    nearest_image: np.ndarray
    nearest_caption: str
    distance: float
    is_off_data: bool = False
    difference: np.ndarray | None = None
    apart: float | None = None


def film_strip(
    film: str,
    frames: Sequence[Frame],
    ends: Sequence[tuple[str, np.ndarray]],
    key: str,
    columns: int | None = None,
    rows: Sequence[str] = (),
    with_nearest: bool = False,
) -> None:
    """Show all frames, between the originals if there are any; pressing one shows it large.

    Args:
        film: a name that strip, viewer and map share.
        frames: what was decoded, from one end to the other.
        ends: label and original image of the first and of the last; may be empty.
        key: of the component.
        columns: frames in a row of a grid; None for one row that can be scrolled.
        rows: what to write above each row of the grid; may be empty.
        with_nearest: whether the nearest real image stands beneath each frame.
    """
    data = {
        "film": film,
        "columns": columns,
        "rows": list(rows),
        "frames": [
            {
                "image": data_uri(frame.image),
                "label": frame.label,
                "caption": frame.caption,
                "isOffData": frame.is_off_data,
                "nearest": data_uri(frame.nearest_image) if with_nearest else None,
                "nearestCaption": f"{frame.nearest_caption} · {frame.distance:.3f}",
                "apart": frame.apart,
            }
            for frame in frames
        ],
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
                "isOffData": frame.is_off_data,
                "difference": None if frame.difference is None else data_uri(frame.difference),
            }
            for frame in frames
        ],
        "nearest": {str(frame.nearest): data_uri(frame.nearest_image) for frame in frames},
    }
    _viewer(data=data, key=key)


def shown_step(film: str, count: int, key: str) -> int | None:
    """Return which of the `count` frames of a film is shown, from 0; None until that is known."""
    state = _step(data={"film": film, "count": count}, key=key, on_step_change=lambda: None)
    return None if state.step is None else min(int(state.step), count - 1)
