"""The files that images came from, as they were, among the files of an archive."""

import hashlib
import json
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from cae.errors import CaeError, UnusableError
from cae.export.archive import Entry
from cae.export.csv import csv_pieces
from cae.export.filenames import safe_paths
from cae.export.provenance import PROVENANCE
from cae.progress import Progress, silent
from cae.sources.original_files import Opener, opened_files, place_of_files

if TYPE_CHECKING:
    from cae.study.study import Study

FOLDER = "originals"
LEFT_OUT = "originals-left-out.csv"
CHANGED = "it has changed since it was imported"
NOT_NOTED = "nothing was noted of it when it was imported"
NOT_BELOW_ROOTS = "it lies outside of the folders that may be read on this server"
_CHUNK_BYTES = 1 << 20
_PROGRESS_EVERY = 50
_NAMED = 3
_DAMAGED = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError)


class _File(NamedTuple):
    """A file that some of the images came from; what was noted of it may be missing."""

    path: str
    sha256: str | None
    positions: tuple[int, ...]


@dataclass
class Originals:
    """What became of the files that M images came from; several images may share one.

    Attributes:
        names: M, of the file in the archive; None where it is not there.
        sha256: M, of that file, hexadecimal.
        left_out: path and reason of each file that is not in the archive.
        count: how many files are in the archive.
    """

    names: list[str | None]
    sha256: list[str | None]
    left_out: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    @property
    def table(self) -> pd.DataFrame:
        """Columns original and original_sha256, a row per image; missing where it has none."""
        return pd.DataFrame({"original": self.names, "original_sha256": self.sha256}, dtype="str")

    @property
    def facts(self) -> dict[str, Any]:
        """How many files are in the archive, which are not, and why, JSON-able."""
        left_out = [{"file": path, "reason": reason} for path, reason in self.left_out]
        return {"files": self.count, "left_out": left_out}


def places_of_originals(study: "Study", rows: np.ndarray) -> list[Path]:
    """Return the folders, zip files and single files that the files of images lie in.

    Args:
        study: whose images they are.
        rows: int64 (M,), ascending.

    Raises:
        CaeError: the images have no files of their own, these were uploaded, or it was not noted
            at the import what they were.
    """
    try:
        places = [place_of_files(source) for source, _ in _sources(study, rows)]
    except CaeError as error:
        raise CaeError(f"{error} Export them as rendered PNGs.") from error
    if study.originals is None or study.originals["sha256"].iloc[rows].isna().all():
        raise CaeError(
            f"When the images of {study.path.name} were imported, it was not noted what their "
            "files were, so nobody can tell whether they are the same now; import the images into "
            "a new study, or export them as rendered PNGs."
        )
    return places


def original_entries(
    study: "Study",
    rows: np.ndarray,
    roots: tuple[Path, ...] | None,
    progress: Progress = silent,
) -> Generator[Entry, None, Originals]:
    """Yield the files that images came from, each once and every byte unchanged.

    What is gone, cannot be read or is not what was imported is left out and noted, never replaced.

    Args:
        study: whose images they are.
        rows: int64 (M,), ascending.
        roots: folders below which files may be read; None for all.
        progress: told of the files.

    Raises:
        CaeError: see `places_of_originals`; or not one file can be exported, or one is changed
            while it is written.
    """
    places = places_of_originals(study, rows)
    groups = [_files(study, rows, positions) for _, positions in _sources(study, rows)]
    # Folders of several sources may hold files of one name.
    within = [f"{number}/" if len(groups) > 1 else "" for number in range(1, len(groups) + 1)]
    total = sum(map(len, groups))
    found = Originals([None] * len(rows), [None] * len(rows))
    for place, files, before in zip(places, groups, within, strict=True):
        names = safe_paths(file.path for file in files)
        with opened_files(_permitted(place, roots)) as opener:
            for file, name in zip(files, names, strict=True):
                done = found.count + len(found.left_out)
                if done % _PROGRESS_EVERY == 0:
                    progress(done, total, "original files")
                try:
                    _require_unchanged(opener, file)
                except UnusableError as error:
                    found.left_out.append((file.path, error.reason))
                    continue
                entry = Entry(f"{FOLDER}/{before}{name}", _written(opener, file))
                yield entry
                if entry.sha256 != file.sha256:
                    raise CaeError(f"{file.path} changed while it was exported; export again.")
                found.count += 1
                for position in file.positions:
                    found.names[position] = entry.name
                    found.sha256[position] = entry.sha256
    progress(total, total, "original files")
    if not found.count:
        raise CaeError(
            f"Not one of {total:,} original files can be exported: "
            f"{_reasons(found.left_out)}. Bring them back, or export the images as rendered PNGs."
        )
    if found.left_out:
        table = pd.DataFrame(found.left_out, columns=["file", "reason"], dtype="str")
        yield Entry(LEFT_OUT, csv_pieces(table))
    return found


def told_originals(archive: Path) -> str:
    """Return which original files an archive of a cohort lacks, in sentences; empty if none.

    Args:
        archive: a zip or folder that `cae.export.cohort.export_cohort` wrote.
    """
    facts = json.loads(_read(archive, PROVENANCE))["cohort"].get("originals")
    if not facts or not facts["left_out"]:
        return ""
    left_out = [(one["file"], one["reason"]) for one in facts["left_out"]]
    total = facts["files"] + len(left_out)
    return (
        f"{len(left_out):,} of {total:,} original files are left out: {_reasons(left_out)}. "
        f"{LEFT_OUT} in the archive names all."
    )


def _read(archive: Path, name: str) -> bytes:
    if archive.is_dir():
        return (archive / name).read_bytes()
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name)


def _reasons(left_out: list[tuple[str, str]]) -> str:
    """Return how many files have which reason, with the names of some."""
    files: dict[str, list[str]] = defaultdict(list)
    for path, reason in left_out:
        files[reason].append(path)
    return "; ".join(
        f"{', '.join(paths[:_NAMED])}{f' and {more:,} more' if more > 0 else ''}: {reason}"
        for reason, paths in files.items()
        for more in [len(paths) - _NAMED]
    )


def _sources(study: "Study", rows: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return the sources that images came from, and the positions in `rows` of each's images."""
    noted = [study.manifest["source"], *(note["source"] for note in study.appended)]
    first_rows = [note["first_row"] for note in study.appended]
    number = np.searchsorted(first_rows, rows, side="right")
    return [(noted[one], np.flatnonzero(number == one)) for one in np.unique(number)]


def _files(study: "Study", rows: np.ndarray, positions: np.ndarray) -> list[_File]:
    """Return the files of the images at some positions in `rows`, in their order."""
    assert study.originals is not None
    noted = study.originals.iloc[rows[positions]]
    # Where nothing was noted, not even a name, the image's id stands for it.
    paths = noted["file"].fillna(study.samples["id"].iloc[rows[positions]])
    digests = dict(zip(paths, noted["sha256"], strict=True))
    images: dict[str, list[int]] = defaultdict(list)
    for path, position in zip(paths, positions.tolist(), strict=True):
        images[path].append(position)
    return [
        _File(path, None if pd.isna(digests[path]) else digests[path], tuple(images[path]))
        for path in images
    ]


def _permitted(place: Path, roots: tuple[Path, ...] | None) -> Path:
    """Return a place that may be read; its files are not opened where links lead out of it."""
    resolved = place.resolve()
    if roots is None or any(resolved.is_relative_to(root.resolve()) for root in roots):
        return place
    raise CaeError(
        f"{place} may not be read: {NOT_BELOW_ROOTS}; export the images as rendered PNGs."
    )


def _require_unchanged(opener: Opener, file: _File) -> None:
    """Raise `UnusableError` unless a file is what it was when it was imported."""
    if file.sha256 is None:
        raise UnusableError(NOT_NOTED)
    digest = hashlib.sha256()
    for piece in _pieces(opener, file):
        digest.update(piece)
    if digest.hexdigest() != file.sha256:
        raise UnusableError(CHANGED)


def _written(opener: Opener, file: _File) -> Iterator[bytes]:
    """Yield a file that could be read just now; raise `CaeError` where it no longer can."""
    try:
        yield from _pieces(opener, file)
    except UnusableError as error:
        raise CaeError(
            f"{file.path} changed while it was exported ({error.reason}); export again."
        ) from error


def _pieces(opener: Opener, file: _File) -> Iterator[bytes]:
    try:
        with opener(file.path) as opened:
            while piece := opened.read(_CHUNK_BYTES):
                yield piece
    except _DAMAGED as error:
        raise UnusableError(f"it cannot be read ({error})") from error
