"""A source of DICOM: one row per frame, patients pseudonymous from the first moment."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.depth import Window, window_columns
from cae.sources.description import folder_splits
from cae.sources.dicom.columns import dicom_columns
from cae.sources.dicom.reasons import NO_DICOM
from cae.sources.fitting import fit_channels, nearest_size
from cae.sources.known import known_set
from cae.sources.limited import LimitedProcess, Message
from cae.sources.memory import require_memory
from cae.sources.scan import printable
from cae.sources.splitting import fill_splits
from cae.sources.table import base_table
from cae.sources.unpacked import unpacked
from cae.sources.walk import Walk, walk

_WORKER = "cae.sources.dicom.worker"
_PROGRESS_EVERY = 20
Problems = list[tuple[str, str]]


@dataclass(frozen=True)
class DicomSource:
    """All DICOM files in a folder and its sub-folders, or in a zip file, or one file.

    Every frame is a row. It is shown as the file asks for: modality values, then the first window
    or table, MONOCHROME1 inverted, pixels made square. Files are told by what they hold, not by
    their names, and read in a process that is given up when it hangs or takes too much memory.

    The columns ``patient``, ``study``, ``series`` and ``instance`` are pseudonyms made with a salt
    that stays with this user (`cae.sources.pseudonyms`); names, numbers, places and dates are not
    kept, of dates only ``days_since_first``, ages above 90 are 90. What may quote a person all the
    same, the file's path and free text, counts as identifying. Text that is burned into pixels is
    not removed. Splits come from folders named train, val and test, else patients are shared out.

    Attributes:
        path: a folder, a zip file or a DICOM file. A DICOMDIR is not followed.
    """

    path: Path

    @classmethod
    def from_argument(cls, argument: str) -> "DicomSource":
        """Return the source that ``dicom:PATH`` names."""
        if not argument:
            raise CaeError("The source 'dicom' lacks a folder or file; write dicom:PATH.")
        return cls(Path(argument))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"dicom:{self.path}"

    def load(self, progress: Progress = silent) -> ImageSet:
        """Read all frames.

        Raises:
            CaeError: there is nothing at the path, or not a single frame can be used.
        """
        with unpacked(self.path, progress) as path, _Readers() as readers:
            found = walk(path)
            frames, problems = _read_all(found, readers, progress)
        table, identifying = _table(frames)
        name = self.path.stem if self.path.is_file() else found.folder.name
        return ImageSet(
            images=frames.images,
            table=table,
            name=name,
            kind=known_set(name).kind,
            identifying=identifying,
            problems=pd.DataFrame(problems, columns=["file", "reason"], dtype="str"),
        )


@dataclass
class _Frames:
    """Images, uint8 (N, side, side, C), with the file and what is known of each."""

    images: np.ndarray
    files: list[str]
    rows: list[dict[str, Any]]
    windows: list[Window | None]

    def cut(self) -> "_Frames":
        """Return the frames that were filled, in grey where none of them has colour."""
        images = self.images[: len(self.files)]
        is_grey = all((image[..., :1] == image[..., 1:]).all() for image in images)
        return replace(self, images=np.ascontiguousarray(images[..., :1]) if is_grey else images)


class _Readers:
    """One limited process for each thread that reads files."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._stack = ExitStack()
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __enter__(self) -> "_Readers":
        return self

    def __exit__(self, *error: object) -> None:
        self.pool.shutdown(cancel_futures=True)
        self._stack.close()

    def ask(self, request: dict[str, Any]) -> tuple[list[Message], str]:
        """Return the answers to a request, and the reason why there are no more."""
        if not hasattr(self._local, "process"):
            self._local.process = self._stack.enter_context(LimitedProcess(_WORKER))
        answers = []
        try:
            for answer in self._local.process.ask(request):
                answers.append(answer)
        except CaeError as error:
            return answers, str(error)
        return answers, ""


def _read_all(found: Walk, readers: _Readers, progress: Progress) -> tuple[_Frames, Problems]:
    """Return all frames in the order of their files, and what is wrong with others.

    Sizes are read first from all headers, so that the common size and the memory it takes are
    known before decoding.
    """
    problems = list(found.problems)
    looks: dict[str, dict[str, Any]] = {}
    asked = ((file, {"look": str(found.folder / file)}) for file in found.files)
    for file, answers, reason in _each(readers, list(asked), progress, "looking at files"):
        if reason:
            problems.append((file, reason))
        else:
            looks[file] = answers[0][0]
    total = sum(look["frames"] for look in looks.values())
    if not total:
        raise CaeError(_nothing(found, problems))
    side = nearest_size(float(np.median([look["side"] for look in looks.values()])))
    channels = max(look["channels"] for look in looks.values())
    require_memory(total * side * side * channels, f"The DICOM in {found.folder}")
    frames = _Frames(np.empty((total, side, side, channels), np.uint8), [], [], [])
    asked = [(file, {"read": str(found.folder / file), "side": side}) for file in looks]
    for file, answers, reason in _each(readers, asked, progress, "reading frames"):
        if reason:
            problems.append((file, reason))
        for header, content in answers:
            _keep(frames, file, header, content)
        problems += [(file, text) for text in {header["remark"] for header, _ in answers} - {""}]
    if not frames.files:
        raise CaeError(_nothing(found, problems))
    return frames.cut(), problems


def _each(
    readers: _Readers,
    asked: Sequence[tuple[str, dict[str, Any]]],
    progress: Progress,
    message: str,
) -> Iterator[tuple[str, list[Message], str]]:
    """Yield file, answers and reason for every request, in their order."""
    results = readers.pool.map(readers.ask, [request for _, request in asked])
    for done, ((file, _), result) in enumerate(zip(asked, results, strict=True), start=1):
        if done % _PROGRESS_EVERY == 0 or done == len(asked):
            progress(done, len(asked), message)
        yield file, *result


def _keep(frames: _Frames, file: str, header: dict[str, Any], content: bytes) -> None:
    row, (side, channels) = len(frames.files), frames.images.shape[2:]
    pixels = np.frombuffer(content, np.uint8).reshape(side, side, header["channels"])
    frames.images[row] = fit_channels(pixels, channels)
    frames.files.append(printable(file))
    frames.rows.append(header["row"])
    frames.windows.append(header["window"] and Window(*header["window"]))


def _nothing(found: Walk, problems: Problems) -> str:
    if not problems:
        return f"{found.folder} holds no file; choose another folder."
    file, reason = min(problems, key=lambda problem: problem[1] == NO_DICOM)
    if reason == NO_DICOM:
        return f"{found.folder} holds no DICOM files; choose another folder."
    return (
        f"None of the {len(found.files)} files in {found.folder} can be used; "
        f"of {printable(file)}: {reason}."
    )


def _table(frames: _Frames) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table of the set and which of its columns may tell who a patient is."""
    known, identifying = dicom_columns(frames.rows, frames.files)
    ids = pd.Series([f"{number:06d}" for number in range(1, len(known) + 1)], dtype="str")
    # Without a patient, at least the frames of one file stay together.
    groups = ("patient " + known["patient"]).fillna("file " + known["file"])
    splits = fill_splits(folder_splits(frames.files), groups)
    table = base_table(ids, splits, patients=known.pop("patient"))
    return table.join(known).assign(**window_columns(frames.windows)), identifying
