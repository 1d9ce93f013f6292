"""A part of a study's images, described by whoever is asked, as `cae.sources.readers` asks."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cae.sources.limited import Message
from cae.study.embed import Network, network_named
from cae.study.study import Study


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer with the vectors of some images, float32 (n, numbers), as bytes.

    ``{"study": folder, "model": name, "start": row, "stop": row}`` names them.
    """
    study, network = _opened(request["study"], request["model"])
    vectors = network.features(study.images, np.arange(request["start"], request["stop"]))
    yield {}, np.ascontiguousarray(vectors, np.float32).tobytes()


# A process is asked for many parts of one study.
@lru_cache(1)
def _opened(folder: str, model: str) -> tuple[Study, Network]:
    study = Study.open(Path(folder))
    return study, network_named(study, model)
