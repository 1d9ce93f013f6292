"""Image sets from a folder of image files, with or without a table that describes them."""

from collections.abc import Sequence, Sized
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cae.errors import CaeError
from cae.imageset import ImageSet, drawn_rows
from cae.number_text import counted
from cae.progress import Progress, silent
from cae.sources.choices import Choices
from cae.sources.depth import window_columns, window_notes
from cae.sources.description import (
    Description,
    describe_by_folders,
    describe_by_table,
    describe_by_tables,
)
from cae.sources.fitting import require_supported
from cae.sources.image_table import leaks, table_of_files
from cae.sources.kind import kind_of
from cae.sources.known import known_set
from cae.sources.masks import MASK, Separated, read_masks, separate_masks
from cae.sources.originals import original_table
from cae.sources.picture import FORMAT_NAMES
from cae.sources.pictures import (
    Pictures,
    common_size,
    longer_sides,
    read_at_common_size,
    read_pictures,
)
from cae.sources.places import absolute
from cae.sources.preview import Examples, Preview, evenly_spread
from cae.sources.printable import printable
from cae.sources.problems import Problem, none_usable, summed_up
from cae.sources.reading import problem_table
from cae.sources.room import require_disk
from cae.sources.scan import Scan, scan_folder
from cae.sources.table_file import read_table_file


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
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Read the table and all images, or `limit` of those whose headers can be read.

        Raises:
            CaeError: the folder or table cannot be read, or not a single image can be used.
        """
        require_supported(self.size)
        scan, separated = self._scanned()
        files = separated.images
        description = self._describe(scan, files)
        if limit is None:
            read = self._read_all(scan.folder, files, progress, scratch)
            described = table_of_files(files, list(read.sides), description, self.choices)
        else:
            sides, unknown = longer_sides(scan.folder, files, range(len(files)), progress)
            _require_some(sides, unknown, scan.folder)
            described = table_of_files(files, list(sides), description, self.choices)
            table = described.table
            drawn = table.index[drawn_rows(table["split"], limit, seed)].tolist()
            side = self.size or common_size(sides)
            read = read_pictures(scan.folder, files, drawn, side, progress, scratch)
            read.unknown[:0] = unknown
        _require_some(read.windows, read.problems or read.unknown, scan.folder)
        table = described.table.loc[list(read.windows)].reset_index(drop=True)
        files = [files[position] for position in read.windows]
        originals = original_table(map(printable, files), list(read.notes.values()))
        shown = window_columns(list(read.windows.values()), table.columns)
        table = table.assign(**shown)
        side = read.squares.shape[1]
        masks, mask_problems = _masks(scan.folder, files, separated, side, scratch)
        problems = read.unknown + read.problems + description.problems + leaks(table)
        problems += mask_problems
        problems += _left_out_masks(separated) + scan.problems
        notes = [*described.notes, *_mask_notes(separated)]
        kind, seen = kind_of(read.squares, known_set(scan.folder.name).kind)
        notes += [*window_notes(shown), *seen]
        return ImageSet(
            images=read.squares,
            table=table,
            name=printable(scan.folder.name),
            kind=kind,
            masks=masks,
            mask_names=(MASK,) if masks is not None else (),
            identifying=("patient", "file", *described.identifying),
            problems=problem_table(problems),
            notes=tuple(map(printable, notes)),
            origins=described.origins,
            originals=originals,
        )

    def _read_all(
        self, folder: Path, files: Sequence[str], progress: Progress, scratch: Path | None
    ) -> Pictures:
        """Read all files, whose headers alone need not be looked at where the size is given."""
        if self.size is None:
            read = read_at_common_size(folder, files, progress, scratch)
        else:
            read = read_pictures(folder, files, range(len(files)), self.size, progress, scratch)
        _require_some(read.sides, read.unknown, folder)
        return read

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
        described = table_of_files(files, range(len(files)), description, self.choices)
        problems = description.problems + leaks(described.table) + _left_out_masks(separated)
        return Preview(
            described.table,
            columns,
            described.origins,
            description.matched,
            ("patient", "file", *described.identifying),
            tuple(map(printable, [*described.notes, *_mask_notes(separated)])),
            problem_table([*problems, *scan.problems]),
            encoding,
            refused,
        )

    def example_files(self, count: int) -> list[Path]:
        """Return `count` of the image files, or all, evenly spread over the folder.

        Raises:
            CaeError: the folder cannot be read, or holds no images.
        """
        scan, separated = self._scanned()
        return [scan.folder / file for file in evenly_spread(separated.images, count)]

    def examples(self, count: int) -> Examples:
        """Read `count` of the images, or all, evenly spread, as an import would show them.

        Files that cannot be read are left out; an import says why.

        Raises:
            CaeError: the folder cannot be read, or holds no images.
        """
        files = [str(file) for file in self.example_files(count)]
        sides, _ = longer_sides(self.folder, files, range(len(files)))
        side = self.size or common_size(sides)
        read = read_pictures(self.folder, files, list(sides), side)
        names = tuple(printable(Path(files[place]).name) for place in read.windows)
        return Examples(names, read.squares)

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


def _require_some(found: Sized, problems: list[Problem], folder: Path) -> None:
    """Raise `CaeError` with the first reason where nothing was found."""
    if not found:
        raise none_usable(len(problems), "images", folder, problems[0])


def _masks(
    folder: Path, files: Sequence[str], separated: Separated, side: int, scratch: Path | None
) -> tuple[np.ndarray | None, list[Problem]]:
    if not any(file in separated.masks for file in files):
        return None, []
    require_disk(len(files) * side * side, f"The masks in {folder}", scratch)
    return read_masks(folder, files, separated.masks, side, scratch)


def _mask_notes(separated: Separated) -> list[str]:
    count = sum(map(len, separated.masks.values()))
    return [f"Kept as masks of images: {counted(count, 'file')}."] if count else []


def _left_out_masks(separated: Separated) -> list[Problem]:
    return summed_up(
        separated.problems,
        f"{len(separated.problems):,} files",
        lambda count, first: f"{count:,} such as {first[0]}: {first[1]}",
    )
