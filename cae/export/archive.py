"""Exports on their way out: the same whenever their contents are, hashed, whole or absent."""

import hashlib
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

from cae.errors import CaeError
from cae.export.zip_contents import ZipContents
from cae.storage import atomic_path, remove_scratch

CHECKSUMS = "checksums.sha256"
HOW_TO_CHECK = f"""\
To check that nothing was changed or damaged, go into the folder (of a zip: unpack it first) and run

    sha256sum --check {CHECKSUMS}          (Linux)
    shasum -a 256 --check {CHECKSUMS}      (macOS)
"""
_PIECE_BYTES = 1 << 20
_TIME = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o644 << 16


class Entry:
    """A file of an export: its name and its bytes, which need not fit into memory together.

    Attributes:
        name: with ``/`` between folders.
    """

    def __init__(self, name: str, content: bytes | Iterable[bytes]) -> None:
        self.name = name
        self._pieces = [content] if isinstance(content, bytes) else content
        self._digest = hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, once."""
        for piece in self._pieces:
            self._digest.update(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """SHA-256 in hexadecimal of what was written; of all once the next entry is asked for."""
        return self._digest.hexdigest()


# An export is the entries it consists of, made one after the other while they are written.
Entries = Generator[Entry, None, None]


class HashedArchive(ABC):
    """Takes entries one by one and notes their SHA-256, on the disk, as there may be many."""

    def __init__(self) -> None:
        # It stays open, and so there, until the archive is closed.
        self._checksums = tempfile.TemporaryFile()  # noqa: SIM115

    def add(self, entry: Entry) -> None:
        """Write one file."""
        self._write(entry.name, entry.pieces())
        self._checksums.write(f"{entry.sha256}  {entry.name}\n".encode("ascii"))

    def add_checksums(self) -> None:
        """Write the hashes of everything so far, as ``sha256sum --check`` reads them."""
        self._checksums.seek(0)
        self._write(CHECKSUMS, iter(lambda: self._checksums.read(_PIECE_BYTES), b""))

    def close(self) -> None:
        """End the archive."""
        self._checksums.close()

    @abstractmethod
    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one file."""


class HashedZip(HashedArchive):
    """A new zip at `path`, its files without times."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._zip = zipfile.ZipFile(path, "w")
        self._listed = ZipContents()
        self._zip.filelist = self._listed  # type: ignore[assignment]

    def close(self) -> None:
        """Write the zip's table of contents."""
        self._zip.close()
        self._listed.close()
        super().close()

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        entry = zipfile.ZipInfo(name, _TIME)
        entry.external_attr = _PERMISSIONS
        entry.create_system = 3
        # PNGs and floats hardly shrink.
        stored = name.endswith((".png", ".npy"))
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        with self._zip.open(entry, "w", force_zip64=True) as file:
            file.writelines(pieces)
        # Nothing is looked up by name while a zip is written.
        self._zip.NameToInfo.clear()


class HashedFolder(HashedArchive):
    """A new folder at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        path.mkdir()

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        file = self._path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            opened.writelines(pieces)


def write_archive(out: Path, entries: Entries) -> Path:
    """Write entries and, last, their checksums.

    Args:
        out: a zip where it ends with .zip, replaced when it exists; else a new or empty folder.
        entries: of the export; memory holds what one of them needs.

    Returns:
        `out`.

    Raises:
        CaeError: the folder holds something, or the place is full or cannot be written to;
            then, as after any other failure, `out` is as it was.
    """
    out = Path(out)
    with closing(entries), new_archive(out) as archive:
        for entry in entries:
            archive.add(entry)
        archive.add_checksums()
    return out


def write_files(folder: Path, entries: Entries) -> None:
    """Write entries as files of a folder that may hold others; they are replaced.

    All are written before the first takes its place.

    Raises:
        CaeError: the place is full or cannot be written to; then the folder is as it was.
    """
    with closing(entries), ExitStack() as stack:
        for entry in entries:
            path = Path(folder) / entry.name
            stack.enter_context(_writable(path))
            temporary = stack.enter_context(atomic_path(path))
            with temporary.open("wb") as file:
                file.writelines(entry.pieces())


def write_file(path: Path, content: bytes) -> None:
    """Write one file; errors are those of `write_files`."""
    write_files(path.parent, (Entry(path.name, one) for one in (content,)))


def new_archive(path: Path) -> AbstractContextManager[HashedArchive]:
    """Return `new_zip` where `path` ends with .zip, else `new_folder`."""
    return new_zip(path) if Path(path).suffix.lower() == ".zip" else new_folder(path)


@contextmanager
def new_zip(path: Path) -> Iterator[HashedZip]:
    """Yield a zip that takes its place when the block ends well; what was there is replaced.

    What one that was killed left beside it is removed.

    Raises:
        CaeError: the place is full or cannot be written to.
    """
    remove_scratch(path)
    with _writable(path), atomic_path(path) as temporary, closing(HashedZip(temporary)) as archive:
        yield archive


@contextmanager
def new_folder(path: Path) -> Iterator[HashedFolder]:
    """Yield a folder that takes its place when the block ends well.

    What one that was killed left beside it is removed.

    Raises:
        CaeError: there is a folder that holds something, or the place is full or cannot be
            written to.
    """
    path = Path(path)
    if path.is_dir() and any(path.iterdir()):
        raise CaeError(f"{path} already exists and is not empty; choose another folder.")
    remove_scratch(path)
    with (
        _writable(path),
        atomic_path(path) as temporary,
        closing(HashedFolder(temporary)) as archive,
    ):
        yield archive


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise CaeError(f"{path} cannot be written ({reason}); choose another place.") from error
