"""A source of Parquet files that hold encoded images, one per row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cae.errors import CaeError, UnusableError
from cae.imageset import ImageSet, Origin, drawn_rows
from cae.progress import Progress, silent
from cae.sources.choices import Choices
from cae.sources.depth import window_columns, window_notes
from cae.sources.description import Description, describe_by_rows
from cae.sources.fitting import require_supported
from cae.sources.image_rows import ImageRows
from cae.sources.image_table import leaks, table_of_files
from cae.sources.kind import kind_of
from cae.sources.known import known_set
from cae.sources.parquet.cells import image_names, read_cells, split_words_of
from cae.sources.parquet.reading import parquet_readers, read_rows, sampled_size
from cae.sources.parquet.shards import ImageColumn, Shard, find_shards, image_column
from cae.sources.paths import stem_of
from cae.sources.pictures import Pictures, common_size
from cae.sources.places import absolute
from cae.sources.printable import printable
from cae.sources.problems import MOST_ALONE, Problem, none_usable
from cae.sources.reading import problem_table
from cae.sources.split_words import find_split_column
from cae.sources.table import text_column
from cae.stores import checked_address, is_address

_SHARD_NAMES = "names of the Parquet files"


@dataclass(frozen=True)
class ParquetSource:
    """Parquet files with a column of encoded images, and what the other columns say of them.

    A row's image is the bytes of a file that `cae.sources.picture.read_picture` reads, either the
    column itself or ``bytes`` in a struct with ``path``, as Hugging Face keeps images; no path is
    followed. Images are read row group by row group, in limited processes, also from an address
    of `cae.stores`, of which nothing is copied. Other columns are read as a table is: labels,
    patients and splits are recognised, and classes of Hugging Face have their names. Splits come
    from files, too, such as ``train-00000-of-00002.parquet``.

    Attributes:
        place: path or address of a file, or of a folder with files at any depth.
        size: side of the squares, pixels; by default the supported size nearest to the median of
            the images' longer sides.
        choices: what a person says about columns; ``image`` is that of the images.
    """

    place: str
    size: int | None = None
    choices: Choices = Choices()

    @classmethod
    def from_argument(cls, argument: str) -> "ParquetSource":
        """Return the source that ``parquet:PATH`` names."""
        if not argument:
            raise CaeError("The source 'parquet' lacks a file or folder; write parquet:PATH.")
        if is_address(argument):
            return cls(checked_address(argument))
        return cls(str(absolute(argument)))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"parquet:{self.place}"

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Read all rows, or `limit` of them drawn with `seed`.

        Raises:
            CaeError: there is nothing, no column of images is found, or not one can be used.
        """
        require_supported(self.size)
        shards, column, problems = self._found()
        files = image_names(shards, column)
        if not files:
            raise CaeError(f"The Parquet files in {self.place} hold no rows; choose others.")
        description = self._described(shards, column, files)
        rows = None
        if limit is not None:
            everything = table_of_files(files, range(len(files)), description, self.choices).table
            rows = drawn_rows(everything["split"], limit, seed)
        read = self._read(shards, column, files, rows, progress, scratch)
        problems += [*_told_once(read.unknown + read.problems), *description.problems]
        used = list(read.windows)
        if not used:
            raise none_usable(len(files), "rows", self.place, problems[0])
        table, identifying, origins, notes = table_of_files(files, used, description, self.choices)
        if rows is not None:
            # As they were drawn: by the splits of all.
            table["split"] = everything["split"].loc[used]
        table = table.reset_index(drop=True)
        shown = window_columns(list(read.windows.values()), table.columns)
        name = stem_of(self.place.rstrip("/").rpartition("/")[2]) or "parquet"
        kind, seen = kind_of(read.squares, known_set(name).kind)
        told = [*notes, *window_notes(shown), *seen]
        return ImageSet(
            images=read.squares,
            table=table.assign(**shown),
            name=printable(name),
            kind=kind,
            identifying=("patient", "file", *identifying),
            problems=problem_table(problems + leaks(table)),
            notes=tuple(map(printable, told)),
            origins=origins,
        )

    def _found(self) -> tuple[list[Shard], ImageColumn, list[Problem]]:
        """Return the files that hold the images, the column, and what is wrong with others."""
        shards, problems = find_shards(self.place)
        column = image_column(shards[0], self.choices.image)
        alike = []
        for shard in shards:
            try:
                if image_column(shard, column.name) != column:
                    raise UnusableError(
                        f"its column {column.name!r} is of another kind than before"
                    )
                alike.append(shard)
            except (CaeError, UnusableError) as error:
                problems.append((shard.name, error.reason))
        return alike, column, problems

    def _described(
        self, shards: Sequence[Shard], column: ImageColumn, files: list[str]
    ) -> Description:
        cells, others = read_cells(shards, column)
        notes = [f"Images are from {column.name!r}."]
        if others:
            notes.append(f"Columns that are no plain values were left out: {', '.join(others)}.")
        words, by_name = split_words_of(shards), False
        if words and self.choices.split is None and find_split_column(cells) is None:
            cells = cells.assign(split=text_column(words))
            by_name = True
        rows = ImageRows(
            self.place.rpartition("/")[2],
            cells,
            np.ones(len(files), bool),
            decimal_comma=False,
            has_header=True,
            notes=notes,
            columns=(column.name, *cells.columns),
            named_by=(column.name,),
        )
        found = describe_by_rows(files, [rows], self.choices)
        if by_name:
            found.origins["split"] = Origin(how=_SHARD_NAMES)
        return found

    def _read(
        self,
        shards: Sequence[Shard],
        column: ImageColumn,
        files: Sequence[str],
        rows: np.ndarray | None,
        progress: Progress,
        scratch: Path | None,
    ) -> Pictures:
        """Read rows into squares of the size that was asked for, else of their median.

        That is taken to be the one of a sample; should it not be, they are read once more.
        """
        with parquet_readers(shards) as readers:
            side = self.size or sampled_size(readers, shards, column)
            read = read_rows(readers, shards, column, files, side, rows, progress, scratch)
            if self.size is None and read.sides and common_size(read.sides) != side:
                side = common_size(read.sides)
                read = read_rows(readers, shards, column, files, side, rows, progress, scratch)
        return read


def _told_once(problems: list[Problem]) -> list[Problem]:
    """Return problems, of which many with one reason, as of a damaged row group, are told once."""
    by_reason: dict[str, list[Problem]] = {}
    for problem in problems:
        by_reason.setdefault(problem[1], []).append(problem)
    told: list[Problem] = []
    for reason, alike in by_reason.items():
        if len(alike) <= MOST_ALONE:
            told += alike
        else:
            told.append((f"{len(alike):,} rows", f"such as {alike[0][0]}: {reason}"))
    return told
