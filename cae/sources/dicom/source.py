"""A source of DICOM: one row per frame, patients pseudonymous from the first moment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cae.errors import CaeError
from cae.imageset import ImageSet, Origin
from cae.progress import Progress, silent
from cae.sources.depth import window_columns, window_notes
from cae.sources.dicom.columns import dicom_columns
from cae.sources.dicom.reasons import NO_DICOM
from cae.sources.known import known_set
from cae.sources.places import absolute
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
    """

    path: Path

    @classmethod
    def from_argument(cls, argument: str) -> "DicomSource":
        """Return the source that ``dicom:PATH`` names."""
        if not argument:
            raise CaeError("The source 'dicom' lacks a folder or file; write dicom:PATH.")
        return cls(absolute(argument))

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"dicom:{self.path}"

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
            asked: list[tuple[str, dict[str, Any]]] = [(file, {}) for file in found.files]
            reading = read_files(
                _WORKER,
                found.folder,
                asked,
                progress=progress,
                limit=limit,
                seed=seed,
                scratch=scratch,
            )
        problems = found.problems + reading.problems
        if not reading.files:
            raise CaeError(_nothing(found, problems))
        shown = window_columns(reading.windows)
        table, identifying, origins, notes = _table(reading)
        name = self.path.stem if self.path.is_file() else found.folder.name
        return ImageSet(
            images=reading.images,
            table=table.assign(**shown),
            name=name,
            kind=known_set(name).kind,
            identifying=identifying,
            problems=problem_table(problems),
            notes=(*notes, *window_notes(shown)),
            origins=origins,
        )


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
    reading: Reading,
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, Origin], list[str]]:
    """Return the table, its identifying columns, where splits are from, and what was drawn."""
    known, identifying = dicom_columns(reading.rows, reading.files)
    ids = pd.Series([f"{number:06d}" for number in range(1, len(known) + 1)], dtype="str")
    # Without a patient, at least the frames of one file stay together.
    groups = ("patient " + known["patient"]).fillna("file " + known["file"])
    given = text_column(folder_splits(reading.files))
    splits = fill_splits(given, groups)
    table = base_table(ids, splits, patients=known.pop("patient"))
    origin = drawn_origin(given, Origin(how=FOLDER_NAMES))
    origins = {"split": origin} if origin else {}
    return table.join(known), identifying, origins, drawn_notes(given, splits)
