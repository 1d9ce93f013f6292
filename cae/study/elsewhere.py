"""Vectors of a study's images, some after the others: made here, or where the engine in use asks.

This module is what `cae.sources.readers` and its like ask there.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cae.errors import CaeError
from cae.model import Model
from cae.sources.engine import PLAIN, engine_in_use, readers
from cae.sources.limited import Message
from cae.storage import read_array
from cae.study.study import Study

_ASKED = __name__

Parts = Sequence[tuple[int, int]]
# Makes the vectors of the images from one row up to another, (n, numbers).
Describe = Callable[[int, int], np.ndarray]


def parts_of(total: int, size: int, first: int = 0) -> Parts:
    """Return begin and end of parts of `size` rows, from the row `first` up to `total`."""
    return [(start, min(start + size, total)) for start in range(first, total, size)]


def vectors(
    describe: Describe, asked: dict[str, str], parts: Parts, numbers: int
) -> Iterator[np.ndarray]:
    """Yield the vectors of some images, float32 (n, numbers), in the order of `parts`.

    Args:
        describe: makes them here.
        asked: what else makes them elsewhere, see `answer`.
        parts: begin and end of each.
        numbers: per vector.

    Raises:
        CaeError: they cannot be made elsewhere.
    """
    if engine_in_use() == PLAIN:
        for start, stop in parts:
            yield describe(start, stop)
        return
    requests = ({**asked, "start": start, "stop": stop} for start, stop in parts)
    with readers(_ASKED, apart=False) as others:
        for told in others.ask(requests):
            contents = [content for _, content in told]
            if told.reason:
                raise CaeError(
                    f"The engine {engine_in_use()!r} could not describe the images: {told.reason}."
                )
            yield np.frombuffer(b"".join(contents), np.float32).reshape(-1, numbers)


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer with the vectors of some images, float32 (n, numbers), as bytes.

    ``{"images": file, "model": folder, "start": row, "stop": row}`` asks for latents,
    ``{"study": folder, "network": name, …}`` for what a network says, see
    `cae.study.embed.network_named`.
    """
    if "network" in request:
        describe = _network(request["study"], request["network"])
    else:
        describe = _encoder(request["images"], request["model"])
    found = describe(request["start"], request["stop"])
    yield {}, np.ascontiguousarray(found, np.float32).tobytes()


# A process is asked for many parts of one study.
@lru_cache(1)
def _encoder(images: str, model: str) -> Describe:
    encoder, pixels = Model.load(Path(model)), read_array(Path(images))
    return lambda start, stop: encoder.encode(np.asarray(pixels[start:stop]))


@lru_cache(1)
def _network(folder: str, name: str) -> Describe:
    # It asks this module.
    from cae.study.embed import network_named

    study = Study.open(Path(folder))
    network = network_named(study, name)
    return lambda start, stop: network.features(study.images, np.arange(start, stop))
