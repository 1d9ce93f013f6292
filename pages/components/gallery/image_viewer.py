"""One image beside its reconstruction and their difference, to zoom into and to window."""

from collections.abc import Callable

import numpy as np

from cae.decoding.difference import difference_picture
from cae.decoding.rendering import AS_MEAN, Rendering
from pages.components.kit.component import Component, protocol
from pages.components.kit.events import take_event
from pages.components.kit.pictures import data_uri

_FULL_COLOUR_AT = 100
_PANES = protocol("gallery")["panes"]

_viewer = Component("gallery", "image_viewer")


def image_viewer(
    image: np.ndarray,
    decoded: np.ndarray | None,
    name: str,
    place: tuple[int, int] | None,
    key: str,
    on_step: Callable[[int], None],
    likely: np.ndarray | None = None,
    rendering: Rendering = AS_MEAN,
) -> None:
    """Show the panes; zoom, place, window and level stay while other images are shown.

    Args:
        image: uint8 (H, W, C).
        decoded: its reconstruction, as `image`, which differences are measured by; None where
            there is no model.
        name: what is known of the image, in a few words.
        place: of the image in the list that is stepped through, from 0, and the list's length;
            None where it is in none.
        key: of the component.
        on_step: called with −1 or 1 when the one before or after is asked for, before the page
            runs again.
        likely: a likely image, as `image`, to be shown in the place of the reconstruction.
        rendering: how what is shown beside the image was made.
    """
    panes = [{"kind": _PANES["real"], "image": data_uri(image), "caption": name}]
    if decoded is not None:
        shown = decoded if likely is None else likely
        whose = "" if likely is None else ", in the mean"
        panes += [
            {
                "kind": _PANES["synthetic"],
                "image": data_uri(shown),
                "caption": rendering.beside_original,
            },
            {
                "kind": _PANES["difference"],
                "image": data_uri(difference_picture(decoded, image, _FULL_COLOUR_AT)),
                "caption": f"red: too bright, blue: too dark{whose}",
            },
        ]

    def receive() -> None:
        if sent := take_event(key, "step"):
            on_step(1 if sent["by"] > 0 else -1)

    _viewer(data={"panes": panes, "place": place}, key=key, on_step_change=receive)
