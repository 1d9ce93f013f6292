"""What is noted of the files that images came from, so that they can be told again later."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd


class FileNote(NamedTuple):
    """Size in bytes and SHA-256 in hexadecimal of a file; both None where it could not be read."""

    bytes: int | None
    sha256: str | None


_UNKNOWN = FileNote(None, None)


def file_note(path: Path) -> FileNote:
    """Return what is noted of a file."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileNote(file.tell(), digest)
    except OSError:
        return _UNKNOWN


def original_table(files: Iterable[str], notes: Sequence[FileNote]) -> pd.DataFrame:
    """Return a table of the file that each image came from; several may share one.

    Args:
        files: path of the file of each image in its source's folder or zip file, with slashes.
        notes: of these files.

    Returns:
        Columns ``file``, ``bytes`` and ``sha256``, a row per image; missing where unknown.
    """
    return pd.DataFrame(
        {
            "file": pd.Series(list(files), dtype="str"),
            "bytes": pd.Series([note.bytes for note in notes], dtype="Int64"),
            "sha256": pd.Series([note.sha256 for note in notes], dtype="str"),
        }
    )


def unknown_originals(count: int) -> pd.DataFrame:
    """Return the table of `count` images of whose files nothing was noted."""
    table = original_table([""] * count, [_UNKNOWN] * count)
    return table.assign(file=pd.Series([None] * count, dtype="str"))
