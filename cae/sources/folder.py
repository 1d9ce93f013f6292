"""Image sets from a folder of image files, with or without a table that describes them."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.depth import Window, window_columns
from cae.sources.description import (
    Description,
    describe_by_folders,
    describe_by_table,
    folder_splits,
)
from cae.sources.fitting import SUPPORTED_SIZES, fit_square, nearest_size
from cae.sources.known import known_set
from cae.sources.memory import require_memory
from cae.sources.picture import FORMAT_NAMES, Picture, picture_size, read_picture
from cae.sources.scan import Scan, printable, scan_folder
from cae.sources.splitting import fill_splits, leaking_patients
from cae.sources.table import base_table

_PROGRESS_EVERY = 50
_Result = TypeVar("_Result")
Problems = list[tuple[str, str]]


@dataclass(frozen=True)
class FolderSource:
    """Image files in a folder and its sub-folders, of the formats that `read_picture` reads.

    Images are scaled without distortion and padded to squares, see `fit_square` and
    `read_picture`; the set is grey when all of them are. Ids count the images in the order of
    their relative paths, which are kept in the column ``file``. Splits come from the table, else
    from folders named train, val and test; what has none yet is divided so that no patient is in
    two splits, see `fill_splits`. Which of a file's values became 0 and 255, where they had to be
    brought onto 8 bits, is in the columns ``black_value`` and ``white_value``. Whatever could not
    be used is in the set's ``problems``.

    Attributes:
        folder: where the images are.
        table: a CSV, TSV or semicolon-separated file that describes them, see
            `describe_by_table`. Without it the only .csv or .tsv file in the folder is taken, if
            it names the images, else labels come from the names of sub-folders.
        size: side of the squares, pixels; by default the supported size nearest to the median of
            the images' longer sides.
    """

    folder: Path
    table: Path | None = None
    size: int | None = None

    @classmethod
    def from_argument(cls, argument: str) -> "FolderSource":
        """Return the source that ``folder:DIR`` or ``folder:DIR,TABLE`` names."""
        if not argument:
            raise CaeError("The source 'folder' lacks a folder; write folder:DIR[,TABLE].")
        if Path(argument).expanduser().is_dir() or "," not in argument:
            return cls(Path(argument))
        folder, _, table = argument.rpartition(",")
        return cls(Path(folder), Path(table))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"folder:{self.folder}" + (f",{self.table}" if self.table else "")

    def load(self, progress: Progress = silent) -> ImageSet:
        """Read the table and all images.

        Raises:
            CaeError: the folder or table cannot be read, or not a single image can be used.
        """
        if self.size is not None and self.size not in SUPPORTED_SIZES:
            sizes = ", ".join(map(str, SUPPORTED_SIZES))
            raise CaeError(f"Images of {self.size} pixels are not supported; choose {sizes}.")
        scan = scan_folder(self.folder)
        if not scan.pictures:
            raise CaeError(f"{self.folder} holds no {FORMAT_NAMES} images; choose another folder.")
        description, problems = self._describe(scan)
        images, windows, failures = _read_images(scan, self.size, progress)
        used = list(windows)
        problems += description.problems + failures
        files = [scan.pictures[position] for position in used]
        known = description.table.iloc[used].reset_index(drop=True)
        table = _table(files, known)
        table = table.assign(**window_columns(list(windows.values()), table.columns))
        problems += _leaks(table)
        return ImageSet(
            images=images,
            table=table,
            name=printable(scan.folder.name),
            kind=known_set(scan.folder.name).kind,
            identifying=("patient", "file", *description.identifying),
            problems=_problem_table(problems),
        )

    def _describe(self, scan: Scan) -> tuple[Description, Problems]:
        """Return what is known of the pictures, and what else in the folder was left aside."""
        if self.table is not None:
            path = self._named_table()
            others = [name for name in scan.tables if (scan.folder / name) != path.resolve()]
            problems = [*scan.problems, *((name, "it is no image") for name in others)]
            return describe_by_table(scan.pictures, path), problems
        if len(scan.tables) == 1:
            try:
                path = scan.folder / scan.tables[0]
                return describe_by_table(scan.pictures, path), list(scan.problems)
            except CaeError as error:
                unused = [(scan.tables[0], f"it was not used as a table: {error}")]
                return describe_by_folders(scan.pictures), [*scan.problems, *unused]
        unused = [
            (name, "it is one of several tables; name the one to use") for name in scan.tables
        ]
        return describe_by_folders(scan.pictures), [*scan.problems, *unused]

    def _named_table(self) -> Path:
        """Return the table's path, which may be given relative to the folder."""
        path = self.table.expanduser()
        inside = self.folder.expanduser() / path
        return inside if not path.exists() and inside.exists() else path


def _read_images(
    scan: Scan, size: int | None, progress: Progress
) -> tuple[np.ndarray, dict[int, Window | None], Problems]:
    """Return the images, their files' positions with their windows, and what is wrong with others.

    Sizes are read first from all headers, so that the common size is known before decoding.
    """
    paths = [scan.folder / file for file in scan.pictures]
    sides: dict[int, int] = {}
    problems: Problems = []
    for position, found in enumerate(_each(picture_size, paths, progress, "looking at files")):
        if isinstance(found, CaeError):
            problems.append((scan.pictures[position], str(found)))
        else:
            sides[position] = max(found)
    if sides:
        side = size or nearest_size(float(np.median(list(sides.values()))))
        require_memory(len(sides) * side * side * 3, f"The folder {scan.folder}")
    pictures: list[np.ndarray] = []
    windows: dict[int, Window | None] = {}

    def read(path: Path) -> Picture:
        picture = read_picture(path)
        return replace(picture, pixels=fit_square(picture.pixels, side))

    candidates = [paths[position] for position in sides]
    results = _each(read, candidates, progress, "reading images")
    for position, found in zip(sides, results, strict=True):
        if isinstance(found, CaeError):
            problems.append((scan.pictures[position], str(found)))
            continue
        if found.remark:
            problems.append((scan.pictures[position], found.remark))
        windows[position] = found.window
        pictures.append(found.pixels)
    if not pictures:
        file, reason = problems[0]
        raise CaeError(
            f"None of the {len(paths)} images in {scan.folder} can be used; "
            f"of {printable(file)}: {reason}."
        )
    return _stacked(pictures), windows, problems


def _each(
    function: Callable[[Path], _Result], paths: Sequence[Path], progress: Progress, message: str
) -> Iterator[_Result | CaeError]:
    """Yield what `function` returns, or the error it raises, for every path, in their order."""

    def attempt(path: Path) -> _Result | CaeError:
        try:
            return function(path)
        except CaeError as error:
            return error

    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        # What decoders warn of either fails, and is reported, or does no harm.
        warnings.simplefilter("ignore")
        for done, result in enumerate(pool.map(attempt, paths), start=1):
            if done % _PROGRESS_EVERY == 0 or done == len(paths):
                progress(done, len(paths), message)
            yield result


def _stacked(pictures: list[np.ndarray]) -> np.ndarray:
    """Return one array of all pictures; the list is emptied, so that memory holds them once."""
    channels = max(picture.shape[-1] for picture in pictures)
    images = np.empty((len(pictures), *pictures[0].shape[:2], channels), np.uint8)
    for row in reversed(range(len(images))):
        images[row] = pictures.pop()
    return images


def _table(files: Sequence[str], known: pd.DataFrame) -> pd.DataFrame:
    ids = pd.Series([f"{number:06d}" for number in range(1, len(files) + 1)], dtype="str")
    given = known["split"] if known["split"].notna().any() else folder_splits(files)
    # The prefixes keep a patient apart from an image whose id happens to read the same.
    groups = ("patient " + known["patient"]).fillna("image " + ids)
    table = base_table(ids, fill_splits(given, groups), known["label"], known["patient"])
    table["file"] = [printable(file) for file in files]
    return table.join(known.drop(columns=["split", "label", "patient"]))


def _leaks(table: pd.DataFrame) -> Problems:
    """Report every patient that the given splits tear apart, by the first image concerned."""
    leaking = leaking_patients(table["split"], table["patient"])
    rows = table[table["patient"].isin(leaking)].drop_duplicates("patient")
    return [
        (row.file, f"its patient has images in several splits: {', '.join(leaking[row.patient])}")
        for row in rows.itertuples()
    ]


def _problem_table(problems: Problems) -> pd.DataFrame:
    files = [printable(file) for file, _ in problems]
    reasons = [printable(reason) for _, reason in problems]
    return pd.DataFrame({"file": files, "reason": reasons}, dtype="str")
