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
    limit: int | None = None,
    seed: int = 0,
    size: int | None = None,
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
        limit: keep at most so many images, drawn at random, and take no memory for others.
        seed: of that draw.
        size: side of the images; by default the supported one nearest to the files' median.

    Raises:
        CaeError: they do not fit into memory, or `limit` is below 1.
    """
    if limit is not None and limit < 1:
        raise CaeError(f"The limit is {limit}, but at least one image is needed.")
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
        sides = [look["side"] for look in looks.values()]
        side = size or nearest_size(float(np.median(sides or [1])))
        room = _Room(looks, side, mask_count, limit, seed, folder)
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
                room.keep(file, header, content)
    return replace(room.reading(), problems=problems)


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


class _Room:
    """Space for as many images as were promised, or for a random sample of them.

    Images come one by one, and nobody knows how many there will be: a slice may show nothing, a
    file may break off. So each that comes takes the place of a random one with the probability
    that makes every sample equally likely (reservoir sampling, Vitter 1985).
    """

    def __init__(
        self,
        looks: dict[str, dict[str, Any]],
        side: int,
        mask_count: int,
        limit: int | None,
        seed: int,
        folder: Path,
    ) -> None:
        total = sum(look["frames"] for look in looks.values())
        room = total if limit is None else min(total, limit)
        channels = max((look["channels"] for look in looks.values()), default=1)
        require_memory(room * side * side * (channels + mask_count), f"What {folder} holds")
        self._images = np.empty((room, side, side, channels), np.uint8)
        self._masks = np.empty((room, side, side, mask_count), np.uint8)
        self._kept: list[tuple[int, str, dict[str, Any]]] = []
        self._come = 0
        self._random = np.random.default_rng(seed)

    def keep(self, file: str, header: dict[str, Any], content: bytes) -> None:
        """Keep an image, in the place of another one where there is no more room, or leave it."""
        place = self._come
        if self._come >= len(self._images):
            place = int(self._random.integers(self._come + 1))
        self._come += 1
        if place >= len(self._images):
            return
        side, channels = self._images.shape[2:]
        planes = np.frombuffer(content, np.uint8).reshape(side, side, -1)
        self._images[place] = fit_channels(planes[..., : header["channels"]], channels)
        self._masks[place] = planes[..., header["channels"] :]
        kept = (self._come, file, header)
        if place < len(self._kept):
            self._kept[place] = kept
        else:
            self._kept.append(kept)

    def reading(self) -> Reading:
        """Return what was kept in the order in which it came, in grey where none has colour."""
        order = sorted(range(len(self._kept)), key=lambda place: self._kept[place][0])
        images, masks = self._images[: len(order)], self._masks[: len(order)]
        if order != list(range(len(order))):
            images, masks = images[order], masks[order]
        if all((image[..., :1] == image[..., 1:]).all() for image in images):
            images = np.ascontiguousarray(images[..., :1])
        kept = [self._kept[place] for place in order]
        return Reading(
            images,
            masks,
            [printable(file) for _, file, _ in kept],
            [header["row"] for _, _, header in kept],
            [header["window"] and Window(*header["window"]) for _, _, header in kept],
        )
