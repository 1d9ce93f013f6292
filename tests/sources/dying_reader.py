"""Reads pictures or encodes images as the program does, but for one process, which is killed."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cae.sources import picture_worker
from cae.sources.limited import Message
from cae.study import elsewhere


def answer(request: dict[str, Any]) -> Iterator[Message]:
    if "paths" in request:
        if any(path.endswith("17.png") for path in request["paths"]) and "side" in request:
            _die_once(Path(request["paths"][0]).parent)
        yield from picture_worker.answer(request)
    else:
        told = list(elsewhere.answer(request))
        if request["start"] == 24:
            _die_once(Path(request["images"]).parent)
        yield from told


def _die_once(folder: Path) -> None:
    mark = folder / ".died"
    if not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
