"""A part of a study's images, encoded by whoever is asked, as `cae.sources.readers` asks."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cae.model import Model
from cae.sources.limited import Message
from cae.storage import read_array


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer with the latents of some images, float32 (n, d), as bytes.

    ``{"images": file, "model": folder, "start": row, "stop": row}`` names them.
    """
    model, images = _opened(request["model"], request["images"])
    latents = model.encode(np.asarray(images[request["start"] : request["stop"]]))
    yield {}, np.ascontiguousarray(latents, np.float32).tobytes()


# A process is asked for many parts of one study.
@lru_cache(1)
def _opened(model: str, images: str) -> tuple[Model, np.ndarray]:
    return Model.load(Path(model)), read_array(Path(images))
