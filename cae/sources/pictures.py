"""Many image files at once, as squares of one size in a scratch array."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cae.progress import Progress, silent
from cae.scratch import ScratchSquares
from cae.sources.depth import Window
from cae.sources.engine import EngineAnswers, EngineReaders
from cae.sources.engine import readers as readers_of
from cae.sources.fitting import nearest_size
from cae.sources.limited import Message
from cae.sources.originals import FileNote
from cae.sources.problems import Problem
from cae.sources.readers import reader_count
from cae.sources.room import require_disk

_WORKER = "cae.sources.picture_worker"
_PROGRESS_EVERY = 50
# So few that one fails seldom, and so many that asking for them takes no time.
_BATCH = 64
_WORTH_PROCESSES = 3000
# Sizes of so many files tell what the most are.
_LOOKED_AT = 1000


@dataclass
class Pictures:
    """What was read of many files; positions are those in the list of files.

    Attributes:
        squares: uint8, (N, side, side, C), grey where no file has colour.
        sides: position → longer side, pixels, of each file whose header can be read.
        windows: position → the values that are shown black and white, of each file that was read,
            in the order of `squares`.
        notes: position → what is noted of each of these files, see `file_note`.
        unknown: files whose headers cannot be read, and why.
        problems: other files that cannot be read, or not in full, and why.
    """

    squares: np.ndarray
    sides: dict[int, int] = field(default_factory=dict)
    windows: dict[int, Window | None] = field(default_factory=dict)
    notes: dict[int, FileNote] = field(default_factory=dict)
    unknown: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def common_size(sides: dict[int, int]) -> int:
    """Return the supported size nearest to the median of the longer sides, pixels."""
    return nearest_size(float(np.median(list(sides.values()) or [1])))


def longer_sides(
    folder: Path, files: Sequence[str], positions: Sequence[int], progress: Progress = silent
) -> tuple[dict[int, int], list[Problem]]:
    """Return the longer side of each file by its position, pixels, and what is wrong with others.

    Only headers are read.
    """
    sides: dict[int, int] = {}
    problems: list[Problem] = []
    paths = [str(folder / files[position]) for position in positions]
    place = 0
    for header, _ in _messages({"paths": paths}, progress, "looking at files"):
        for one in header["found"]:
            if one["side"] is None:
                problems.append((files[positions[place]], one["reason"]))
            else:
                sides[positions[place]] = one["side"]
            place += 1
    return sides, problems


def read_pictures(
    folder: Path,
    files: Sequence[str],
    positions: Sequence[int],
    side: int,
    progress: Progress = silent,
    scratch: Path | None = None,
) -> Pictures:
    """Read files as `read_picture` does and fit each into a square, see `fit_square`.

    Args:
        folder: where they are.
        files: paths relative to it.
        positions: which of them to read.
        side: of the squares, pixels.
        progress: told of the files.
        scratch: folder for the squares; the system's for temporary files when None.

    Raises:
        CaeError: they find no room on the disk.
    """
    require_disk(len(positions) * side * side * 3, f"The folder {folder}", scratch)
    squares = ScratchSquares(side, scratch)
    read = Pictures(squares.array())
    paths = [str(folder / files[position]) for position in positions]
    place = 0
    request = {"paths": paths, "side": side}
    for header, content in _messages(request, progress, "reading images"):
        for one in header["found"]:
            note_picture(read, positions[place], files[positions[place]], one)
            place += 1
        pixels = np.frombuffer(content, np.uint8)
        squares.append(pixels.reshape(-1, side, side, header["channels"]))
    read.squares = squares.array()
    return read


def read_at_common_size(
    folder: Path, files: Sequence[str], progress: Progress = silent, scratch: Path | None = None
) -> Pictures:
    """Read all files into squares of their `common_size`.

    It is taken to be that of a sample, so that each file is opened once. Should all of them have
    another, they are read once more.

    Raises:
        CaeError: see `read_pictures`.
    """
    positions = range(len(files))
    step = max(1, len(files) // _LOOKED_AT)
    side = common_size(longer_sides(folder, files, positions[::step], progress)[0])
    read = read_pictures(folder, files, positions, side, progress, scratch)
    if read.sides and common_size(read.sides) != side:
        side = common_size(read.sides)
        read = read_pictures(folder, files, positions, side, progress, scratch)
    return read


def note_picture(read: Pictures, position: int, file: str, found: dict[str, Any]) -> None:
    """Note what became of one picture, as `cae.sources.picture_messages` tells it."""
    reason = found.get("reason", "")
    if found["side"] is None:
        read.unknown.append((file, reason))
        return
    read.sides[position] = found["side"]
    if reason:
        read.problems.append((file, reason))
        return
    if found["remark"]:
        read.problems.append((file, found["remark"]))
    window = found["window"]
    read.windows[position] = None if window is None else Window(*window)
    read.notes[position] = FileNote(*found["note"])


def _messages(request: dict[str, Any], progress: Progress, message: str) -> Iterator[Message]:
    """Yield what the reader of pictures answers, for some files after the others.

    Args:
        request: of the paths of all files.
        progress: told of the files.
        message: what it is told.
    """
    paths = request["paths"]
    size = min(_BATCH, 1 + len(paths) // (2 * reader_count()))
    parts = [
        {**request, "paths": paths[start : start + size]} for start in range(0, len(paths), size)
    ]
    done = 0
    with (
        warnings.catch_warnings(),
        readers_of(_WORKER, apart=len(paths) >= _WORTH_PROCESSES) as readers,
    ):
        # What decoders warn of either fails, and is reported, or does no harm.
        warnings.simplefilter("ignore")
        for part, answers in zip(parts, readers.ask(parts), strict=True):
            for header, content in _one_by_one(readers, part, answers):
                for _ in header["found"]:
                    done += 1
                    if done % _PROGRESS_EVERY == 0 or done == len(paths):
                        progress(done, len(paths), message)
                yield header, content


def _one_by_one(
    readers: EngineReaders, request: dict[str, Any], answers: EngineAnswers
) -> Iterator[Message]:
    """Yield the answer to a request, or where a reader was given up over it, that of each file."""
    messages, reason = list(answers), answers.reason
    if not reason:
        yield messages[0]
    elif len(request["paths"]) == 1:
        yield {"found": [{"side": None, "reason": reason}], "channels": 1}, b""
    else:
        ones = [{**request, "paths": [path]} for path in request["paths"]]
        for one, again in zip(ones, readers.ask(ones), strict=True):
            yield from _one_by_one(readers, one, again)
