"""Read files of strangers in limited processes and keep the images that come of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.progress import Progress, silent
from cae.scratch import ScratchArray, ScratchSquares, taken_rows
from cae.sources.depth import Window
from cae.sources.engine import EngineAnswers, EngineReaders
from cae.sources.engine import readers as readers_of
from cae.sources.fitting import nearest_size
from cae.sources.originals import FileNote, file_note
from cae.sources.printable import printable
from cae.sources.readers import reader_count
from cae.sources.room import require_disk

_PROGRESS_EVERY = 20
# A reader takes a second or two to start, and about as long for so much.
_WORTH_FILES = 64
_WORTH_BYTES = 16 << 20
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
        notes: what is noted of the file of each image, see `file_note`.
        problems: file and reason.
    """

    images: np.ndarray
    masks: np.ndarray
    files: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    windows: list[Window | None] = field(default_factory=list)
    notes: list[FileNote] = field(default_factory=list)
    problems: Problems = field(default_factory=list)


def read_files(
    module: str,
    folder: Path,
    asked: Sequence[Asked],
    mask_count: int = 0,
    progress: Progress = silent,
    limit: int | None = None,
    seed: int = 0,
    scratch: Path | None = None,
    size: int | None = None,
) -> Reading:
    """Read the images of all files with the module of a `LimitedProcess`.

    The module is asked twice for each file: with ``look``, the path, for how many images it will
    give (``frames``), of which longer ``side`` and of how many ``channels``, so that the common
    size and the room they take are known before decoding; and with ``read``, the path, and
    ``side`` for the images themselves: ``row``, ``window``, ``remark`` and ``channels``, and the
    pixels of image and masks behind one another.

    Args:
        module: name of the module that reads.
        folder: where the files are.
        asked: relative path of each file, and what else is asked of it.
        mask_count: number of masks that come with each image.
        progress: told of every file.
        limit: keep at most so many images, drawn at random, and take no room for others.
        seed: of that draw.
        scratch: folder for the images; the system's for temporary files when None.
        size: side of the images; by default the supported one nearest to the files' median.

    Raises:
        CaeError: they find no room on the disk, or `limit` is below 1.
    """
    if limit is not None and limit < 1:
        raise CaeError(f"The limit is {limit}, but at least one image is needed.")
    paths = {file: str(folder / file) for file, _ in asked}
    problems: Problems = []
    looks: dict[str, dict[str, Any]] = {}
    count = _worth_starting([folder / file for file, _ in asked])
    with readers_of(module, count) as readers:
        requests = [(file, {**more, "look": paths[file]}) for file, more in asked]
        for file, answers in _each(readers, requests, progress, "looking at files"):
            headers = [header for header, _ in answers]
            if answers.reason:
                problems.append((file, answers.reason))
            else:
                looks[file] = headers[0]
        sides = [look["side"] for look in looks.values()]
        side = size or nearest_size(float(np.median(sides or [1])))
        room = _Room(looks, side, mask_count, limit, seed, folder, scratch)
        requests = [
            (file, {**more, "read": paths[file], "side": side})
            for file, more in asked
            if file in looks
        ]
        for file, answers in _each(readers, requests, progress, "reading images"):
            remarks: dict[str, None] = {}
            note = file_note(folder / file)
            for header, content in answers:
                room.keep(file, note, header, content)
                remarks.setdefault(header["remark"])
            problems += [(file, said) for said in (answers.reason, *remarks) if said]
    return replace(room.reading(), problems=problems)


def problem_table(problems: Problems) -> pd.DataFrame:
    """Return the table of problems that an image set keeps."""
    texts = [tuple(printable(text) for text in problem) for problem in problems]
    return pd.DataFrame(texts, columns=["file", "reason"], dtype="str")


def _worth_starting(files: Sequence[Path]) -> int:
    """Return how many readers are worth starting for files."""
    size = sum(file.stat().st_size for file in files if file.is_file())
    worth = 1 + max(len(files) // _WORTH_FILES, size // _WORTH_BYTES)
    return min(reader_count(), worth)


def _each(
    readers: EngineReaders, asked: Sequence[Asked], progress: Progress, message: str
) -> Iterator[tuple[str, EngineAnswers]]:
    """Yield each file in its order, and the answers that are read of it."""
    answers_of = readers.ask(request for _, request in asked)
    for done, ((file, _), answers) in enumerate(zip(asked, answers_of, strict=True), start=1):
        yield file, answers
        if done % _PROGRESS_EVERY == 0 or done == len(asked):
            progress(done, len(asked), message)


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
        scratch: Path | None = None,
    ) -> None:
        total = sum(look["frames"] for look in looks.values())
        self._room = total if limit is None else min(total, limit)
        channels = max((look["channels"] for look in looks.values()), default=1)
        needed = self._room * side * side * (channels + mask_count)
        require_disk(needed, f"What {folder} holds", scratch)
        self._side, self._scratch = side, scratch
        self._squares = ScratchSquares(side, scratch)
        self._masks = ScratchArray((side, side, mask_count), scratch)
        self._kept: list[_Kept] = []
        self._come = 0
        self._random = np.random.default_rng(seed)

    def keep(self, file: str, note: FileNote, header: dict[str, Any], content: bytes) -> None:
        """Keep an image, in the place of another one where there is no more room, or leave it."""
        place = self._come
        if self._come >= self._room:
            place = int(self._random.integers(self._come + 1))
        self._come += 1
        if place >= self._room:
            return
        planes = np.frombuffer(content, np.uint8).reshape(1, self._side, self._side, -1)
        square, masks = np.split(planes, [header["channels"]], axis=-1)
        has_colour = bool((square[..., :1] != square[..., 1:]).any())
        self._squares.put(place, square if has_colour else square[..., :1])
        self._masks.put(place, masks)
        kept = _Kept(self._come, file, note, header["row"], header["window"], has_colour)
        if place < len(self._kept):
            self._kept[place] = kept
        else:
            self._kept.append(kept)

    def reading(self) -> Reading:
        """Return what was kept in the order in which it came, in grey where none has colour."""
        order = sorted(range(len(self._kept)), key=lambda place: self._kept[place].number)
        kept = [self._kept[place] for place in order]
        squares, masks = self._squares.array(), self._masks.array()
        # Those with colour may have given their places to others.
        if not any(one.has_colour for one in kept):
            squares = squares[..., :1]
        if order != list(range(len(order))) or squares.shape[-1] < self._squares.channels:
            squares = taken_rows(squares, np.array(order), self._scratch)
            masks = taken_rows(masks, np.array(order), self._scratch)
        return Reading(
            squares,
            masks,
            [printable(one.file) for one in kept],
            [one.row for one in kept],
            [None if one.window is None else Window(*one.window) for one in kept],
            [one.note for one in kept],
        )


@dataclass(frozen=True)
class _Kept:
    """What is known of an image that is kept, `number` counting those that came."""

    number: int
    file: str
    note: FileNote
    row: dict[str, Any]
    window: list[float] | None
    has_colour: bool
