"""Exports that are the same whenever their contents are, with a hash of every file."""

import hashlib
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from cae.errors import CaeError
from cae.storage import atomic_path

CHECKSUMS = "checksums.sha256"
HOW_TO_CHECK = f"""\
To check that nothing was changed or damaged, go into the folder (of a zip: unpack it first) and run

    sha256sum --check {CHECKSUMS}          (Linux)
    shasum -a 256 --check {CHECKSUMS}      (macOS)
"""
_TIME = (1980, 1, 1, 0, 0, 0)
_PERMISSIONS = 0o644 << 16


class HashedArchive(ABC):
    """Takes files one by one and notes their SHA-256.

    Attributes:
        hashes: SHA-256 in hexadecimal by file name, in the order written.
    """

    def __init__(self) -> None:
        self.hashes: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> str:
        """Write one file and return its hash."""
        return self.add_pieces(name, [content])

    def add_pieces(self, name: str, pieces: Iterable[bytes]) -> str:
        """Write one file from pieces that need not fit into memory together; return its hash."""
        digest = hashlib.sha256()
        self._write(name, _hashed(pieces, digest))
        self.hashes[name] = digest.hexdigest()
        return self.hashes[name]

    def add_checksums(self, name: str = CHECKSUMS) -> None:
        """Write the hashes of everything so far, as ``sha256sum --check`` reads them."""
        lines = [f"{digest}  {file}\n" for file, digest in self.hashes.items()]
        self.add(name, "".join(lines).encode("ascii"))

    @abstractmethod
    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one file."""


class HashedZip(HashedArchive):
    """A new zip at `path`, its files without times."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._zip = zipfile.ZipFile(path, "w")

    def close(self) -> None:
        """Write the zip's table of contents."""
        self._zip.close()

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        entry = zipfile.ZipInfo(name, _TIME)
        entry.external_attr = _PERMISSIONS
        entry.create_system = 3
        # PNGs and floats hardly shrink.
        stored = name.endswith((".png", ".npy"))
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        with self._zip.open(entry, "w", force_zip64=True) as file:
            file.writelines(pieces)


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


def new_archive(path: Path) -> AbstractContextManager[HashedArchive]:
    """Return `new_zip` where `path` ends with .zip, else `new_folder`."""
    return new_zip(path) if Path(path).suffix.lower() == ".zip" else new_folder(path)


@contextmanager
def new_zip(path: Path) -> Iterator[HashedZip]:
    """Yield a zip that takes its place when the block ends well; what was there is replaced.

    Raises:
        CaeError: the place cannot be written to.
    """
    with _writable(path), atomic_path(path) as temporary, closing(HashedZip(temporary)) as archive:
        yield archive


@contextmanager
def new_folder(path: Path) -> Iterator[HashedFolder]:
    """Yield a folder that takes its place when the block ends well.

    Raises:
        CaeError: there is a folder that holds something, or the place cannot be written to.
    """
    path = Path(path)
    if path.is_dir() and any(path.iterdir()):
        raise CaeError(f"{path} already exists and is not empty; choose another folder.")
    with _writable(path), atomic_path(path) as temporary:
        yield HashedFolder(temporary)


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CaeError(
            f"{path} cannot be written ({error.strerror}); choose another place."
        ) from error


def _hashed(pieces: Iterable[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece
