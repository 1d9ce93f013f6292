"""A place to paste, drop or choose an image of one's own."""

import base64
import binascii
from collections.abc import Callable

from pages.components.kit.component import Component
from pages.components.kit.events import take_event

MOST_MEGABYTES = 20

_drop = Component("explore", "image_drop")


def image_drop(key: str, on_image: Callable[[str, bytes], None]) -> None:
    """Show the place; what is put there calls `on_image` with its name and contents.

    The contents only pass through memory; nothing is written to a file.
    """

    def receive() -> None:
        sent = take_event(key, "image")
        if sent is None:
            return
        try:
            contents = base64.b64decode(sent["contents"], validate=True)
        except (binascii.Error, ValueError):
            contents = b""
        on_image(sent["name"], contents)

    _drop(data={"mostMegabytes": MOST_MEGABYTES}, key=key, on_image_change=receive)
