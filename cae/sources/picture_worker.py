"""The limited process that reads image files; `cae.sources.limited` runs it."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cae.sources.limited import Message, serve
from cae.sources.originals import file_note
from cae.sources.picture import picture_size, read_picture
from cae.sources.picture_messages import Reader, sides_message, squares_message

_READER = Reader(picture_size, read_picture, file_note)


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer what is asked of some files, in one message that tells of each.

    ``{"paths": paths}`` asks for `sides_message`, ``{"paths": paths, "side": pixels}`` for
    `squares_message`.
    """
    paths = [Path(path) for path in request["paths"]]
    if "side" in request:
        yield squares_message(paths, request["side"], _READER)
    else:
        yield sides_message(paths, _READER)


if __name__ == "__main__":
    # What decoders warn of either fails, and is reported, or does no harm.
    warnings.simplefilter("ignore")
    serve(answer)
