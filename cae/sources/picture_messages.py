"""What readers of pictures answer, wherever these lie: of each what it is, and their squares."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from cae.errors import UnusableError
from cae.sources.fitting import fit_channels, fit_square
from cae.sources.limited import Message
from cae.sources.originals import FileNote
from cae.sources.picture import Picture

Item = TypeVar("Item")


class Reader(NamedTuple, Generic[Item]):
    """How pictures of one kind are read; each raises `UnusableError`.

    Attributes:
        size: returns height and width, pixels, without decoding.
        read: returns the picture.
        note: returns what is noted of its file.
    """

    size: Callable[[Item], tuple[int, int]]
    read: Callable[[Item], Picture]
    note: Callable[[Item], FileNote]


def sides_message(items: Iterable[Item], reader: Reader[Item]) -> Message:
    """Return the longer ``side`` of each picture, pixels, or the ``reason`` why it is unknown."""
    return {"found": [_look(item, reader) for item in items]}, b""


def squares_message(items: Iterable[Item], side: int, reader: Reader[Item]) -> Message:
    """Return what each picture is, and the squares of all that can be read.

    Of each there are ``side``, ``remark`` and ``window`` and the ``note`` of its file, or
    ``reason``; behind it come the squares, uint8 (n, side, side, ``channels``).
    """
    found: list[dict[str, Any]] = []
    squares: list[np.ndarray] = []
    for item in items:
        try:
            picture = reader.read(item)
        except UnusableError as error:
            # Its header may be whole all the same, and then counts among the sizes.
            found.append({**_look(item, reader), "reason": error.reason})
            continue
        squares.append(fit_square(picture.pixels, side))
        found.append(
            {
                "side": max(picture.pixels.shape[:2]),
                "remark": picture.remark,
                "window": picture.window,
                "note": reader.note(item),
            }
        )
    channels = max((square.shape[-1] for square in squares), default=1)
    content = b"".join(fit_channels(square, channels).tobytes() for square in squares)
    return {"found": found, "channels": channels}, content


def _look(item: Item, reader: Reader[Item]) -> dict[str, Any]:
    try:
        return {"side": max(reader.size(item))}
    except UnusableError as error:
        return {"side": None, "reason": error.reason}
