"""Images whose pixels can be chosen, by mouse or by arrow keys, each under an overlay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pages.components.kit.component import Component
from pages.components.kit.events import take_event
from pages.components.kit.pictures import data_uri

_board = Component("local", "pixel_board")


@dataclass(frozen=True, eq=False)
class PixelTile:
    """One image of a board.

    Attributes:
        row: its row in the study.
        title: its id.
        caption: what else is said under it.
        image: uint8 (H, W, C).
        overlay: uint8 (H, W, 4) laid over it, or None.
        mark: column and row of a marked pixel, or None.
        chosen: whether the mark is the point that was chosen rather than one that was found.
    """

    row: int
    title: str
    caption: str
    image: np.ndarray
    overlay: np.ndarray | None = None
    mark: tuple[int, int] | None = None
    chosen: bool = False


def pixel_board(
    tiles: Sequence[PixelTile],
    opacity: float,
    key: str,
    on_pick: Callable[[int, int, int], None],
    tile_width: str = "7.5rem",
) -> None:
    """Show `tiles`; choosing a pixel calls `on_pick` with row of the study, column and row.

    Args:
        tiles: images of one size, at least one.
        opacity: of the overlays, 0–1.
        key: of the component.
        on_pick: is called before the page runs again.
        tile_width: the least width of a tile, as CSS says it.
    """
    height, width = tiles[0].image.shape[:2]
    items = [
        {
            "row": tile.row,
            "title": tile.title,
            "caption": tile.caption,
            "image": data_uri(tile.image),
            "overlay": None if tile.overlay is None else data_uri(tile.overlay),
            "mark": tile.mark,
            "chosen": tile.chosen,
        }
        for tile in tiles
    ]

    def receive() -> None:
        if picked := take_event(key, "pick"):
            on_pick(picked["row"], picked["x"], picked["y"])

    board = {"width": width, "height": height, "opacity": opacity}
    _board(
        data={"items": items, "board": board, "tile": tile_width},
        key=key,
        on_pick_change=receive,
    )
