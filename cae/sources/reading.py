"""Read files of strangers in limited processes and keep the images that come of them."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.progress import Progress, silent
from cae.sources.depth import Window
from cae.sources.fitting import fit_channels, nearest_size
from cae.sources.limited import LimitedProcess, Message
from cae.sources.memory import require_memory
from cae.sources.scan import printable

_PROGRESS_EVERY = 20
Problems = list[tuple[str, str]]
Asked = tuple[str, dict[str, Any]]


@dataclass
class Reading:
    """The images of many files; row i of every part is image i.

    Attributes:
        images: uint8, (N, side, side, C), grey where none has colour.
        masks: uint8, (N, side, side, M); M is 0 where none were asked for.
        files: path of the file of each image, as text that can be stored.
        rows: what the reader tells of each image.
        windows: the values shown black and white, None where they are shown as they are.
        problems: file and reason.
    """

    images: np.ndarray
    masks: np.ndarray
    files: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    windows: list[Window | None] = field(default_factory=list)
    problems: Problems = field(default_factory=list)


def read_files(
    module: str,
    folder: Path,
    asked: Sequence[Asked],
    mask_count: int = 0,
    progress: Progress = silent,
) -> Reading:
    """Read the images of all files with the module of a `LimitedProcess`.

    The module is asked twice for each file: with ``look``, the path, for how many images it will
    give (``frames``), of which longer ``side`` and of how many ``channels``, so that the common
    size and the memory it takes are known before decoding; and with ``read``, the path, and
    ``side`` for the images themselves: ``row``, ``window``, ``remark`` and ``channels``, and the
    pixels of image and masks behind one another.

    Args:
        module: name of the module that reads.
        folder: where the files are.
        asked: relative path of each file, and what else is asked of it.
        mask_count: number of masks that come with each image.
        progress: told of every file.

    Raises:
        CaeError: they do not fit into memory.
    """
    paths = {file: str(folder / file) for file, _ in asked}
    problems: Problems = []
    looks: dict[str, dict[str, Any]] = {}
    with _Readers(module) as readers:
        requests = [(file, {**more, "look": paths[file]}) for file, more in asked]
        for file, answers, reason in readers.each(requests, progress, "looking at files"):
            if reason:
                problems.append((file, reason))
            else:
                looks[file] = answers[0][0]
        side = nearest_size(float(np.median([look["side"] for look in looks.values()] or [1])))
        reading = _room(looks, side, mask_count, folder)
        requests = [
            (file, {**more, "read": paths[file], "side": side})
            for file, more in asked
            if file in looks
        ]
        for file, answers, reason in readers.each(requests, progress, "reading images"):
            if reason:
                problems.append((file, reason))
            remarks = dict.fromkeys(header["remark"] for header, _ in answers)
            problems += [(file, remark) for remark in remarks if remark]
            for header, content in answers:
                _keep(reading, file, header, content)
    return replace(_cut(reading), problems=problems)


def problem_table(problems: Problems) -> pd.DataFrame:
    """Return the table of problems that an image set keeps."""
    texts = [tuple(printable(text) for text in problem) for problem in problems]
    return pd.DataFrame(texts, columns=["file", "reason"], dtype="str")


class _Readers:
    """One limited process for each thread that reads files."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._local = threading.local()
        self._stack = ExitStack()
        self._pool = ThreadPoolExecutor(os.cpu_count())

    def __enter__(self) -> "_Readers":
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._stack.close()

    def each(
        self, asked: Sequence[Asked], progress: Progress, message: str
    ) -> Iterator[tuple[str, list[Message], str]]:
        """Yield each file in its order, its answers, and the reason why there are no more."""
        results = self._pool.map(self._ask, [request for _, request in asked])
        for done, ((file, _), result) in enumerate(zip(asked, results, strict=True), start=1):
            if done % _PROGRESS_EVERY == 0 or done == len(asked):
                progress(done, len(asked), message)
            yield file, *result

    def _ask(self, request: dict[str, Any]) -> tuple[list[Message], str]:
        if not hasattr(self._local, "process"):
            self._local.process = self._stack.enter_context(LimitedProcess(self._module))
        answers = []
        try:
            for answer in self._local.process.ask(request):
                answers.append(answer)
        except CaeError as error:
            return answers, str(error)
        return answers, ""


def _room(looks: dict[str, dict[str, Any]], side: int, mask_count: int, folder: Path) -> Reading:
    """Return empty arrays for all images that were promised."""
    total = sum(look["frames"] for look in looks.values())
    channels = max((look["channels"] for look in looks.values()), default=1)
    require_memory(total * side * side * (channels + mask_count), f"What {folder} holds")
    return Reading(
        np.empty((total, side, side, channels), np.uint8),
        np.empty((total, side, side, mask_count), np.uint8),
    )


def _keep(reading: Reading, file: str, header: dict[str, Any], content: bytes) -> None:
    row, (side, channels) = len(reading.files), reading.images.shape[2:]
    if row == len(reading.images):
        return
    planes = np.frombuffer(content, np.uint8).reshape(side, side, -1)
    reading.images[row] = fit_channels(planes[..., : header["channels"]], channels)
    reading.masks[row] = planes[..., header["channels"] :]
    reading.files.append(printable(file))
    reading.rows.append(header["row"])
    reading.windows.append(header["window"] and Window(*header["window"]))


def _cut(reading: Reading) -> Reading:
    """Return the images that came, in grey where none of them has colour."""
    images, masks = (part[: len(reading.files)] for part in (reading.images, reading.masks))
    if all((image[..., :1] == image[..., 1:]).all() for image in images):
        images = np.ascontiguousarray(images[..., :1])
    return replace(reading, images=images, masks=masks)
