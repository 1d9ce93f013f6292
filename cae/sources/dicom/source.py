"""A source of DICOM: one row per frame, patients pseudonymous from the first moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet, Origin
from cae.progress import Progress, silent
from cae.sources.choices import NONE, Choices
from cae.sources.depth import window_columns, window_notes
from cae.sources.description import Description
from cae.sources.dicom.columns import dicom_columns
from cae.sources.dicom.issuers import unite_by_issuer
from cae.sources.dicom.reasons import NO_DICOM
from cae.sources.dicom.tables import Named, describe_images, find_tables, undescribed
from cae.sources.file_table import leaks
from cae.sources.kind import kind_of
from cae.sources.known import known_set
from cae.sources.originals import original_table
from cae.sources.places import absolute
from cae.sources.preview import Examples, evenly_spread
from cae.sources.pseudonyms import Pseudonyms
from cae.sources.reading import Problems, Reading, problem_table, read_files
from cae.sources.scan import printable
from cae.sources.split_words import folder_splits
from cae.sources.splitting import FOLDER_NAMES, drawn_notes, drawn_origin, fill_splits
from cae.sources.table import base_table, text_column
from cae.sources.unpacked import unpacked
from cae.sources.walk import Walk, walk

_WORKER = "cae.sources.dicom.worker"


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
        table: names patients, examinations or files and tells more of them, see
            `describe_images`. Without it tables in the folder are taken, else one beside it that
            has its name.
        size: side of the images, pixels; by default the supported size nearest to the median of
            the frames' longer sides.
        choices: what a person says about the table.
    """

    path: Path
    table: Path | None = None
    size: int | None = None
    choices: Choices = Choices()

    @classmethod
    def from_argument(cls, argument: str) -> "DicomSource":
        """Return the source that ``dicom:PATH`` or ``dicom:PATH,TABLE`` names."""
        if not argument:
            raise CaeError("The source 'dicom' lacks a folder or file; write dicom:PATH[,TABLE].")
        if Path(argument).expanduser().exists() or "," not in argument:
            return cls(absolute(argument))
        path, _, table = argument.rpartition(",")
        return cls(absolute(path), absolute(table))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"dicom:{self.path}" + (f",{self.table}" if self.table else "")

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Read all frames, or `limit` of them drawn with `seed`.

        Raises:
            CaeError: there is nothing at the path, or not a single frame can be used.
        """
        with unpacked(self.path, progress) as path:
            found = walk(path)
            tables = [self.table] if self.table else find_tables(self.path.expanduser(), found)
            more = {"identify": bool(tables), "salt": Pseudonyms.of_this_user().as_text()}
            asked: list[tuple[str, dict[str, Any]]] = [
                (file, more) for file in found.files if found.folder / file not in tables
            ]
            reading = read_files(
                _WORKER,
                found.folder,
                asked,
                progress=progress,
                limit=limit,
                seed=seed,
                scratch=scratch,
                size=self.size,
            )
            problems = found.problems + reading.problems
            if not reading.files:
                raise CaeError(_nothing(found, problems))
            problems += unite_by_issuer(reading.rows, reading.files)
            described = self._described(reading, tables)
        problems += described.problems
        shown = window_columns(reading.windows, described.table.columns)
        table, identifying, origins, notes = _table(reading, described, self.choices)
        name = self.path.stem if self.path.is_file() else found.folder.name
        kind, seen = kind_of(reading.images, known_set(name).kind)
        return ImageSet(
            images=reading.images,
            table=table.assign(**shown),
            name=name,
            kind=kind,
            identifying=identifying,
            problems=problem_table(problems + leaks(table)),
            notes=(*notes, *window_notes(shown), *seen),
            origins=origins,
            originals=original_table(reading.files, reading.notes),
        )

    def example_files(self, count: int) -> list[Path]:
        """Return `count` of a folder's files, or all, evenly spread; some may be no DICOM.

        Raises:
            CaeError: there is nothing at the path.
        """
        found = walk(self.path.expanduser())
        return [found.folder / file for file in evenly_spread(found.files, count)]

    def examples(self, count: int) -> Examples:
        """Read up to `count` frames of files of a folder, as an import would show them.

        They are numbered, as names of files may tell who a patient is.

        Raises:
            CaeError: there is nothing at the path, or not a single frame can be used.
        """
        found = walk(self.path.expanduser())
        files = [str(file.relative_to(found.folder)) for file in self.example_files(count)]
        more = {"identify": False, "salt": Pseudonyms.of_this_user().as_text()}
        asked: list[tuple[str, dict[str, Any]]] = [(file, more) for file in files]
        reading = read_files(_WORKER, found.folder, asked, limit=count, size=self.size)
        if not reading.files:
            raise CaeError(_nothing(found, found.problems + reading.problems))
        names = tuple(f"image {number}" for number in range(1, len(reading.files) + 1))
        return Examples(names, reading.images)

    def _described(self, reading: Reading, tables: Sequence[Path]) -> Description:
        """Return what tables say of each frame.

        Raises:
            CaeError: there is none though something is said about it, or the one that was named
                is about no image.
        """
        identities = [row.pop("identities", None) for row in reading.rows]
        patients = text_column([row["patient"] for row in reading.rows])
        if not tables:
            if self.choices.need_a_table:
                raise CaeError(
                    f"{self.path} has no table in or beside it; leave out the choices of columns, "
                    "or name the table: dicom:PATH,TABLE."
                )
            return undescribed(patients)
        files = pd.Series(reading.files)
        # Of a file's frames the first stands for all.
        first = files.drop_duplicates()
        named = Named(
            first.tolist(),
            [identities[row] for row in first.index],
            patients[first.index].reset_index(drop=True),
        )
        try:
            found = describe_images(named, tables, self.choices)
        except CaeError as error:
            if self.table is not None or self.choices != Choices():
                raise
            return replace(undescribed(patients), problems=[(tables[0].name, str(error))])
        place = pd.Series(range(len(first)), index=first.to_numpy())
        rows = found.table.take(place[files].to_numpy()).reset_index(drop=True)
        return replace(found, table=rows)


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


def _table(
    reading: Reading, described: Description, choices: Choices
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, Origin], list[str]]:
    """Return the table, its identifying columns, where they are from, and what was drawn."""
    rows = [
        {**row, "patient": patient}
        for row, patient in zip(reading.rows, described.table["patient"], strict=True)
    ]
    known, identifying = dicom_columns(rows, reading.files)
    ids = pd.Series([f"{number:06d}" for number in range(1, len(known) + 1)], dtype="str")
    # Without a patient, at least the frames of one file stay together.
    groups = ("patient " + known["patient"]).fillna("file " + known["file"])
    given = described.table["split"]
    if choices.split != NONE:
        given = given.fillna(text_column(folder_splits(reading.files)))
    splits = fill_splits(given, groups)
    table = base_table(ids, splits, described.table["label"], known.pop("patient")).join(known)
    further = described.table.drop(columns=["split", "label", "patient"])
    names = {name: f"{name} (table)" for name in further if name in table}
    table = table.join(further.rename(columns=names))
    origins = {
        names.get(name, name): origin
        for name, origin in described.origins.items()
        if name not in ("file", "patient")
    }
    origin = drawn_origin(given, origins.get("split", Origin(how=FOLDER_NAMES)))
    if origin:
        origins["split"] = origin
    notes = [*described.notes, *drawn_notes(given, choices)]
    return table, identifying, origins, notes
