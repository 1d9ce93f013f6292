"""The gallery: images, each beside its reconstruction, that can be pressed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pages.components.kit.component import Component
from pages.components.kit.events import take_event
from pages.components.kit.pictures import data_uri
from pages.components.state.view import USUAL_TILE

_gallery = Component("gallery", "gallery")


@dataclass(frozen=True, eq=False)
class Picture:
    """One image of a gallery.

    Attributes:
        row: its row in the study.
        title: its id.
        caption: what else is said under it, such as label and cluster.
        image: uint8 (H, W, C).
        reconstruction: the decoded image beside it, framed as synthetic, or None.
        heading: of the images that begin with this one; empty where it belongs to those before.
    """

    row: int
    title: str
    caption: str
    image: np.ndarray
    reconstruction: np.ndarray | None = None
    heading: str = ""


def gallery(
    pictures: Sequence[Picture],
    key: str,
    on_pick: Callable[[int], None],
    tile: int = USUAL_TILE,
) -> None:
    """Show `pictures` so many pixels wide, or little more.

    Pressing one calls `on_pick` with its row before the page runs again.
    """
    items = [
        {
            "row": picture.row,
            "title": picture.title,
            "caption": picture.caption,
            "heading": picture.heading,
            "image": data_uri(picture.image),
            "reconstruction": (
                None if picture.reconstruction is None else data_uri(picture.reconstruction)
            ),
        }
        for picture in pictures
    ]

    def receive() -> None:
        if picked := take_event(key, "pick"):
            on_pick(picked["row"])

    _gallery(data={"items": items, "tile": tile}, key=key, on_pick_change=receive)
