"""Arrays inside an .npz file, read without trusting what the file says of itself."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, cast

import numpy as np

from cae.errors import CaeError
from cae.sources.room import require_memory
from cae.sources.unzip import MOST_RATIO

_BLOCK_BYTES = 1 << 22
_HARMLESS_BYTES = 100 << 20
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# What zipfile, zlib and numpy raise on files that are cut off, damaged or forged.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    OverflowError,
    SyntaxError,
    TypeError,
    tokenize.TokenError,
)


@dataclass(frozen=True)
class Header:
    """Type, shape and order in memory of an array in the file, and where its bytes begin."""

    dtype: np.dtype
    shape: tuple[int, ...]
    fortran_order: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """Size of the array in memory, bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


class NpzFile:
    """An open .npz file. Use as a context manager.

    Attributes:
        headers: name of every array → its header.

    Raises:
        CaeError: the file is missing, empty, no zip, cut off, damaged, holds Python objects, or
            holds an array that would not fit into memory.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path).expanduser()
        if not self.path.is_file():
            raise CaeError(f"There is no file {self.path}; check its name and folder.")
        if self.path.stat().st_size == 0:
            raise CaeError(f"{self.path} is empty (0 bytes); download or save it again.")
        if not zipfile.is_zipfile(self.path):
            raise CaeError(f"{self.path} is no .npz file or is cut off; save it with numpy.savez.")
        with self._sentences("its table of contents"):
            self._zip = zipfile.ZipFile(self.path)
        try:
            self.headers = {
                info.filename.removesuffix(".npy"): self._header(info)
                for info in self._zip.infolist()
                if info.filename.endswith(".npy")
            }
        except CaeError:
            self._zip.close()
            raise

    def __enter__(self) -> "NpzFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._zip.close()

    def read(self, name: str) -> np.ndarray:
        """Return a whole array."""
        header = self.headers[name]
        require_memory(header.nbytes, f"The array {name!r} in {self.path}")
        order: Literal["C", "F"] = "F" if header.fortran_order else "C"
        array: np.ndarray = np.empty(header.shape, header.dtype, order)
        with self._sentences(name), self._open(name) as file:
            file.read(header.offset)
            _fill(file, array.reshape(-1, order=order))
            _check_end(file)
        return array

    def blocks(self, name: str) -> Iterator[np.ndarray]:
        """Yield an array in pieces along its first axis, about 4 MB each."""
        header = self.headers[name]
        if header.fortran_order:
            yield self.read(name)
            return
        item = math.prod(header.shape[1:]) * header.dtype.itemsize
        rows = max(1, _BLOCK_BYTES // max(1, item))
        with self._sentences(name), self._open(name) as file:
            file.read(header.offset)
            for start in range(0, header.shape[0], rows):
                count = min(rows, header.shape[0] - start)
                block = np.empty((count, *header.shape[1:]), header.dtype)
                _fill(file, block.reshape(-1))
                yield block
            _check_end(file)

    def _open(self, name: str) -> zipfile.ZipExtFile:
        # The types of zipfile say less than it returns.
        return cast(zipfile.ZipExtFile, self._zip.open(f"{name}.npy"))

    def _header(self, info: zipfile.ZipInfo) -> Header:
        with self._sentences(info.filename), self._zip.open(info) as file:
            version = np.lib.format.read_magic(file)
            if version not in _HEADERS:
                raise ValueError(f"unknown array format {version}")
            shape, fortran_order, dtype = _HEADERS[version](file)
            header = Header(dtype, shape, fortran_order, file.tell())
        if dtype.hasobject:
            raise CaeError(
                f"The array {info.filename!r} in {self.path} holds Python objects, which could "
                "run code when read; save it with a numeric or text type."
            )
        if (
            header.offset + header.nbytes != info.file_size
            or min(shape, default=0) < 0
            or dtype.itemsize == 0
        ):
            raise CaeError(
                f"The array {info.filename!r} in {self.path} declares {header.nbytes} bytes but "
                f"holds {info.file_size - header.offset}; download or save the file again."
            )
        if info.file_size > max(_HARMLESS_BYTES, MOST_RATIO * info.compress_size):
            raise CaeError(
                f"The array {info.filename!r} in {self.path} would unpack to "
                f"{info.file_size / 1e9:.1f} GB, {info.file_size // max(1, info.compress_size)} "
                "times its size, which no images do; save the file again."
            )
        return header

    @contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise CaeError(
                f"{self.path} is cut off or damaged at {what} ({error}); download or save it again."
            ) from error


def _fill(file: zipfile.ZipExtFile, flat: np.ndarray) -> None:
    """Read exactly the bytes of `flat`, a contiguous vector, from `file` into it."""
    view = flat.view(np.uint8).data if flat.size else memoryview(b"")
    while view:
        count = file.readinto(view)
        if not count:
            raise EOFError("the file ends too early")
        view = view[count:]


def _check_end(file: zipfile.ZipExtFile) -> None:
    """Read past the last byte, where zipfile compares the checksum."""
    file.read(1)
