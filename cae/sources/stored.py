"""A source behind an address such as ``s3://bucket/scans``: its files are copied, then read."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cae.errors import CaeError
from cae.home import folder_name
from cae.imageset import ImageSet
from cae.progress import Progress, silent
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.nifti.cutting import split_argument
from cae.sources.nifti.source import NiftiSource
from cae.sources.npz import NpzSource
from cae.sources.paths import suffix_of
from cae.sources.picture import SUFFIXES, unread_reason
from cae.sources.problems import Problem, summed_up
from cae.sources.reading import problem_table
from cae.sources.table_file import TABLE_SUFFIXES
from cae.stores import (
    Listing,
    Store,
    StoredFile,
    checked_address,
    copy_files,
    is_address,
    require_room,
)

ReadAs = FolderSource | DicomSource | NiftiSource | NpzSource
# Which of the fields of a source is its place.
_PLACE = {FolderSource: "folder", DicomSource: "path", NiftiSource: "path", NpzSource: "file"}
# Of a folder of pictures nothing else is read.
_WANTED = SUFFIXES | TABLE_SUFFIXES


@dataclass(frozen=True)
class StoredSource:
    """Files behind an address of `cae.stores`, read as those of a folder on this computer are.

    They are copied beside the study that is made, or into the system's folder for temporary
    files, and removed once they are read; so there must be room for them, which is looked at
    before. All that holds for folders holds for the copy, which has no links.

    Attributes:
        kind: of source, a key of `cae.sources.SOURCES`.
        address: of a folder, or a file.
        read_as: how the copy is read; its place stands for that of the copy.
        table: that describes the images, as it was given: an address, a path, or a name in the
            folder.
        words: what follows the address in `spec`.
    """

    kind: str
    address: str
    read_as: ReadAs
    table: str | None = None
    words: str = ""

    @classmethod
    def from_argument(cls, kind: str, argument: str) -> "StoredSource":
        """Return the source that ``KIND:ADDRESS``, with what may follow it, names.

        Raises:
            CaeError: the address is none, or has something behind it that this kind does not take.
        """
        if kind == "nifti":
            place, cutting = split_argument(argument)
            words = argument[len(place) :]
            return cls(kind, checked_address(place), NiftiSource(Path(), cutting), None, words)
        if kind == "npz":
            return cls(kind, checked_address(argument), NpzSource(Path()))
        place, comma, table = argument.rpartition(",")
        if not comma or not table.casefold().endswith(tuple(TABLE_SUFFIXES)):
            place, table = argument, ""
        read_as = FolderSource(Path()) if kind == "folder" else DicomSource(Path())
        words = f",{table}" if table else ""
        return cls(kind, checked_address(place), read_as, table or None, words)

    @property
    def spec(self) -> str:
        """The text that names this source."""
        return f"{self.kind}:{self.address}{self.words}"

    def load(
        self,
        progress: Progress = silent,
        limit: int | None = None,
        seed: int = 0,
        scratch: Path | None = None,
    ) -> ImageSet:
        """Copy the files and read them, see the class that reads them.

        Raises:
            CaeError: the address cannot be reached or holds nothing, the copy finds no room, or it
                cannot be read.
        """
        store = Store(self.address)
        listing = store.list()
        with tempfile.TemporaryDirectory(prefix=".cae-fetched-", dir=scratch) as folder:
            place, problems = self._copied(store, listing, Path(folder), progress)
            changes: dict[str, Any] = {_PLACE[type(self.read_as)]: place}
            if self.table:
                changes["table"] = _table(self.table, place, Path(folder))
            try:
                found = replace(self.read_as, **changes).load(progress, limit, seed, scratch)
            except CaeError as error:
                raise CaeError(str(error).replace(str(place), self.address)) from error
        told = [*found.problems.itertuples(index=False, name=None), *listing.problems, *problems]
        return replace(found, problems=problem_table(told))

    def _copied(
        self, store: Store, listing: Listing, folder: Path, progress: Progress
    ) -> tuple[Path, list[Problem]]:
        """Copy what is read, and return where it lies and what could not be copied."""
        name = self.address.rpartition("/")[2]
        if listing.is_file:
            target = folder / (folder_name(name) or "file")
            size = listing.files[0].size
            require_room(size, self.address, folder)
            store.copy("", target, size)
            return target, []
        if self.kind == "npz":
            raise CaeError(f"{self.address} is a folder; give the address of an npz file in it.")
        place = folder / (folder_name(name) or "images")
        place.mkdir()
        if self.kind != "folder":
            return place, copy_files(store, listing.files, place, progress)
        wanted, others = _wanted(listing.files)
        return place, [*others, *copy_files(store, wanted, place, progress)]


def _wanted(files: Sequence[StoredFile]) -> tuple[list[StoredFile], list[Problem]]:
    """Return the pictures and tables among files, and what is said of the others."""
    wanted = [file for file in files if suffix_of(file.name).casefold() in _WANTED]
    others = [file.name for file in files if suffix_of(file.name).casefold() not in _WANTED]
    said = summed_up(
        [(name, unread_reason(name)) for name in others],
        f"{len(others):,} files",
        lambda count, first: f"{count:,} such as {first[0]}: {first[1]}",
    )
    return wanted, said


def _table(named: str, place: Path, folder: Path) -> Path:
    """Return where a table lies that a person named beside an address; fetch it from another."""
    if is_address(named):
        store = Store(named)
        target = folder / f"table{Path(named).suffix}"
        store.copy("", target, store.size())
        return target
    inside = place / named
    with suppress(OSError):
        if inside.is_file() and inside.resolve().is_relative_to(place.resolve()):
            return inside
    return Path(named).expanduser().absolute()
