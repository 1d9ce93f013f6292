"""Image sets from a folder of image files, with or without a table that describes them."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet, Origin, drawn_rows
from cae.progress import Progress, silent
from cae.sources.choices import Choices
from cae.sources.depth import Window, window_columns, window_notes
from cae.sources.description import (
    Description,
    describe_by_folders,
    describe_by_table,
    describe_by_tables,
)
from cae.sources.fitting import SUPPORTED_SIZES, fit_square, nearest_size
from cae.sources.known import known_set
from cae.sources.masks import MASK, Separated, read_masks, separate_masks
from cae.sources.memory import require_memory
from cae.sources.picture import FORMAT_NAMES, Picture, picture_size, read_picture
from cae.sources.places import absolute
from cae.sources.preview import Preview
from cae.sources.problems import Problem, summed_up
from cae.sources.scan import Scan, printable, scan_folder
from cae.sources.splitting import drawn_notes, drawn_origin, fill_splits, leaking_patients
from cae.sources.table import base_table
from cae.sources.table_file import read_table_file

_PROGRESS_EVERY = 50
_Result = TypeVar("_Result")


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
        choices: what a person says about the table.
    """

    folder: Path
    table: Path | None = None
    size: int | None = None
    choices: Choices = Choices()

    @classmethod
    def from_argument(cls, argument: str) -> "FolderSource":
        """Return the source that ``folder:DIR`` or ``folder:DIR,TABLE`` names."""
        if not argument:
            raise CaeError("The source 'folder' lacks a folder; write folder:DIR[,TABLE].")
        if Path(argument).expanduser().is_dir() or "," not in argument:
            return cls(absolute(argument))
        folder, _, table = argument.rpartition(",")
        inside = absolute(folder) / Path(table).expanduser()
        is_inside = inside.exists() and not Path(table).expanduser().exists()
        return cls(absolute(folder), inside if is_inside else absolute(table))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"folder:{self.folder}" + (f",{self.table}" if self.table else "")

    def load(
        self, progress: Progress = silent, limit: int | None = None, seed: int = 0
    ) -> ImageSet:
        """Read the table and all images, or `limit` of those whose headers can be read.

        Raises:
            CaeError: the folder or table cannot be read, or not a single image can be used.
        """
        if self.size is not None and self.size not in SUPPORTED_SIZES:
            sizes = ", ".join(map(str, SUPPORTED_SIZES))
            raise CaeError(f"Images of {self.size} pixels are not supported; choose {sizes}.")
        scan, separated = self._scanned()
        files = separated.images
        description = self._describe(scan, files)
        sides, failures = _sides(scan.folder, files, progress)
        files = [files[position] for position in sides]
        table, origins, split_notes = _table(files, list(sides), description, self.choices)
        rows = drawn_rows(table["split"], limit, seed)
        side = self.size or nearest_size(float(np.median(list(sides.values()))))
        require_memory(len(rows) * side * side * 3, f"The folder {scan.folder}")
        images, windows, problems = _read_images(
            scan.folder, [files[row] for row in rows], side, progress
        )
        rows = rows[list(windows)]
        files = [files[row] for row in rows]
        table = table.iloc[rows].reset_index(drop=True)
        shown = window_columns(list(windows.values()), table.columns)
        table = table.assign(**shown)
        masks, mask_problems = _masks(scan.folder, files, separated, side)
        problems = failures + problems + description.problems + _leaks(table) + mask_problems
        problems += _left_out_masks(separated) + scan.problems
        notes = [*description.notes, *split_notes, *_mask_notes(separated)]
        notes += window_notes(shown)
        return ImageSet(
            images=images,
            table=table,
            name=printable(scan.folder.name),
            kind=known_set(scan.folder.name).kind,
            masks=masks,
            mask_names=(MASK,) if masks is not None else (),
            identifying=("patient", "file", *description.identifying),
            problems=_problem_table(problems),
            notes=tuple(map(printable, notes)),
            origins=origins,
        )

    def preview(self) -> Preview:
        """Return how the folder and its table would be read, without reading an image.

        Raises:
            CaeError: the folder cannot be read, or holds no images.
        """
        scan, separated = self._scanned()
        files, refused = separated.images, ""
        try:
            description = self._describe(scan, files)
        except CaeError as error:
            description, refused = describe_by_folders(files), str(error)
        columns, encoding = description.columns, description.guessed_encoding
        if not columns:
            columns, encoding = self._table_columns(scan)
        table, origins, split_notes = _table(files, range(len(files)), description, self.choices)
        problems = description.problems + _leaks(table) + _left_out_masks(separated)
        notes = [*description.notes, *split_notes, *_mask_notes(separated)]
        return Preview(
            table,
            columns,
            origins,
            description.matched,
            ("patient", "file", *description.identifying),
            tuple(map(printable, notes)),
            _problem_table([*problems, *scan.problems]),
            encoding,
            refused,
        )

    def _scanned(self) -> tuple[Scan, Separated]:
        """Return what is in the folder, and its images and masks.

        Raises:
            CaeError: the folder cannot be read, or there is no image.
        """
        scan = scan_folder(self.folder)
        if not scan.pictures:
            raise CaeError(_nothing_found(scan))
        return scan, separate_masks(scan.pictures)

    def _table_columns(self, scan: Scan) -> tuple[tuple[str, ...], str]:
        """Return the columns of all tables, whatever these are about, and a guessed encoding."""
        named = [self._inside(self.table)] if self.table is not None else []
        names: dict[str, None] = {}
        guess = ""
        for path in named or [scan.folder / name for name in scan.tables]:
            with suppress(CaeError):
                table = read_table_file(path, self.choices.encoding)
                names |= dict.fromkeys(table.cells.columns)
                guess = guess or table.guessed_encoding
        return tuple(names), guess

    def _describe(self, scan: Scan, files: Sequence[str]) -> Description:
        """Return what is known of the images; tables that were not used are among its problems."""
        if self.table is not None:
            path = self._inside(self.table)
            found = describe_by_table(files, path, self.choices)
            others = [name for name in scan.tables if (scan.folder / name) != path.resolve()]
            found.problems += [(name, "another table was named") for name in others]
            return found
        if not scan.tables:
            return describe_by_folders(files)
        paths = [scan.folder / name for name in scan.tables]
        try:
            return describe_by_tables(files, paths, self.choices)
        except CaeError as error:
            if self.choices != Choices():
                raise
            found = describe_by_folders(files)
            found.problems += [(n, f"it was not used as a table: {error}") for n in scan.tables]
            return found

    def _inside(self, table: Path) -> Path:
        """Return a table's path, which may be given relative to the folder."""
        path = table.expanduser()
        inside = self.folder.expanduser() / path
        return inside if not path.exists() and inside.exists() else path


def _nothing_found(scan: Scan) -> str:
    """Return why a folder is no image set; links may be all that is in it."""
    links = [file for file, reason in scan.problems if "link" in reason]
    if links:
        return (
            f"{scan.folder} holds links that lead out of it, such as {printable(links[0])}, and no "
            "images; give the folder that they lead to, or copy it with its links followed."
        )
    return f"{scan.folder} holds no {FORMAT_NAMES} images; choose another folder."


def _sides(
    folder: Path, files: Sequence[str], progress: Progress
) -> tuple[dict[int, int], list[Problem]]:
    """Return the longer side of each file by its position, pixels, from the files' headers.

    Raises:
        CaeError: no header can be read.
    """
    paths = [folder / file for file in files]
    sides: dict[int, int] = {}
    problems: list[Problem] = []
    for position, found in enumerate(_each(picture_size, paths, progress, "looking at files")):
        if isinstance(found, CaeError):
            problems.append((files[position], str(found)))
        else:
            sides[position] = max(found)
    if not sides:
        raise CaeError(_none_usable(folder, problems))
    return sides, problems


def _none_usable(folder: Path, problems: list[Problem]) -> str:
    file, reason = problems[0]
    return (
        f"None of the {len(problems)} images in {folder} can be used; "
        f"of {printable(file)}: {reason}."
    )


def _read_images(
    folder: Path, files: Sequence[str], side: int, progress: Progress
) -> tuple[np.ndarray, dict[int, Window | None], list[Problem]]:
    """Return the images, their files' positions with their windows, and what is wrong with others.

    Raises:
        CaeError: none can be read.
    """
    pictures: list[np.ndarray] = []
    windows: dict[int, Window | None] = {}
    problems: list[Problem] = []

    def read(path: Path) -> Picture:
        picture = read_picture(path)
        return replace(picture, pixels=fit_square(picture.pixels, side))

    results = _each(read, [folder / file for file in files], progress, "reading images")
    for position, found in enumerate(results):
        if isinstance(found, CaeError):
            problems.append((files[position], str(found)))
            continue
        if found.remark:
            problems.append((files[position], found.remark))
        windows[position] = found.window
        pictures.append(found.pixels)
    if not pictures:
        raise CaeError(_none_usable(folder, problems))
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


def _masks(
    folder: Path, files: Sequence[str], separated: Separated, side: int
) -> tuple[np.ndarray | None, list[Problem]]:
    if not any(file in separated.masks for file in files):
        return None, []
    require_memory(len(files) * side * side, f"The masks in {folder}")
    return read_masks(folder, files, separated.masks, side)


def _mask_notes(separated: Separated) -> list[str]:
    count = sum(map(len, separated.masks.values()))
    return [f"{count:,} files are masks of images and are kept as such."] if count else []


def _left_out_masks(separated: Separated) -> list[Problem]:
    return summed_up(
        separated.problems,
        f"{len(separated.problems):,} files",
        lambda count, first: f"{count:,} such as {first[0]}: {first[1]}",
    )


def _table(
    files: Sequence[str], used: Sequence[int], description: Description, choices: Choices
) -> tuple[pd.DataFrame, dict[str, Origin], list[str]]:
    """Return the table of the images in `used`, where it is from, and what had to be drawn."""
    places = list(used)
    known = description.table.iloc[places].reset_index(drop=True)
    ids = pd.Series([f"{number:06d}" for number in range(1, len(files) + 1)], dtype="str")
    # The prefixes keep a patient apart from a group or an image's id that happens to read the same.
    groups = "patient " + known["patient"]
    if description.groups is not None:
        groups = groups.fillna("group " + description.groups.iloc[places].reset_index(drop=True))
    given = known["split"]
    splits = fill_splits(given, groups.fillna("image " + ids))
    table = base_table(ids, splits, known["label"], known["patient"])
    table["file"] = [printable(file) for file in files]
    table = table.join(known.drop(columns=["split", "label", "patient"]))
    origins = dict(description.origins)
    if origin := drawn_origin(given, origins.get("split")):
        origins["split"] = origin
    return table, origins, drawn_notes(given, splits, choices)


def _leaks(table: pd.DataFrame) -> list[Problem]:
    """Report every patient that the given splits tear apart, by the first image concerned."""
    leaking = leaking_patients(table["split"], table["patient"])
    rows = table[table["patient"].isin(leaking)].drop_duplicates("patient")
    return summed_up(
        [
            (
                file,
                f"its patient has images in several splits: {', '.join(leaking[patient])}",
            )
            for file, patient in zip(rows["file"], rows["patient"], strict=True)
        ],
        "splits",
        lambda count, first: (
            f"{count:,} patients have images in several splits, such as that of {first[0]}"
        ),
    )


def _problem_table(problems: list[Problem]) -> pd.DataFrame:
    files = [printable(file) for file, _ in problems]
    reasons = [printable(reason) for _, reason in problems]
    return pd.DataFrame({"file": files, "reason": reasons}, dtype="str")
