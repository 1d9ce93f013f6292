"""The limited process that reads image files; `cae.sources.limited` runs it."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cae.errors import CaeError
from cae.sources.fitting import fit_channels, fit_square
from cae.sources.limited import Message, serve
from cae.sources.originals import file_note
from cae.sources.picture import picture_size, read_picture


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer what is asked of some files, in one message that tells of each.

    ``{"paths": paths}`` tells their longer ``side``, pixels, or the ``reason`` why that is
    unknown; ``{"paths": paths, "side": pixels}`` also ``remark`` and ``window`` of each picture
    and the ``note`` of its file, and behind it come the squares of all that can be read, uint8
    (n, side, side, ``channels``).
    """
    paths = [Path(path) for path in request["paths"]]
    if "side" in request:
        yield _read(paths, request["side"])
    else:
        yield {"found": [_look(path) for path in paths]}, b""


def _look(path: Path) -> dict[str, Any]:
    try:
        return {"side": max(picture_size(path))}
    except CaeError as error:
        return {"side": None, "reason": str(error)}


def _read(paths: list[Path], side: int) -> Message:
    found: list[dict[str, Any]] = []
    squares: list[np.ndarray] = []
    for path in paths:
        try:
            picture = read_picture(path)
        except CaeError as error:
            # Its header may be whole all the same, and then counts among the sizes.
            found.append({**_look(path), "reason": str(error)})
            continue
        squares.append(fit_square(picture.pixels, side))
        found.append(
            {
                "side": max(picture.pixels.shape[:2]),
                "remark": picture.remark,
                "window": picture.window,
                "note": file_note(path),
            }
        )
    channels = max((square.shape[-1] for square in squares), default=1)
    content = b"".join(fit_channels(square, channels).tobytes() for square in squares)
    return {"found": found, "channels": channels}, content


if __name__ == "__main__":
    # What decoders warn of either fails, and is reported, or does no harm.
    warnings.simplefilter("ignore")
    serve(answer)
