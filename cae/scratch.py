"""Arrays that lie on disk while they are needed, so that memory need not hold them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cae.errors import CaeError
from cae.storage import is_of_a_full_disk

_CHUNK_BYTES = 1 << 22


class ScratchArray:
    """uint8 rows of one shape, in a file without a name that is gone when nobody uses it.

    They are written rather than mapped, since a full disk ends a process that writes to a map.

    Attributes:
        row_shape: shape of a row.
        folder: where the file is; the system's folder for temporary files when None.
    """

    def __init__(self, row_shape: tuple[int, ...], folder: Path | None = None) -> None:
        self.row_shape = row_shape
        self.folder = Path(tempfile.gettempdir()) if folder is None else folder
        self._row_bytes = int(np.prod(row_shape))
        self._count = 0
        # It stays open, and so there, for as long as this object or its array is used.
        with _said_when_full(self.folder):
            self._file = tempfile.TemporaryFile(prefix=".cae-", dir=self.folder)  # noqa: SIM115

    def __len__(self) -> int:
        return self._count

    def put(self, first: int, rows: np.ndarray) -> None:
        """Write rows, (n, *row_shape), in the place of those from row `first` on, or behind all.

        Raises:
            CaeError: the disk is full.
        """
        with _said_when_full(self.folder):
            self._file.seek(first * self._row_bytes)
            self._file.write(np.ascontiguousarray(rows, np.uint8).data)
        self._count = max(self._count, first + len(rows))

    def append(self, rows: np.ndarray) -> None:
        """Write rows, (n, *row_shape), behind all others.

        Raises:
            CaeError: the disk is full.
        """
        self.put(self._count, rows)

    def array(self) -> np.ndarray:
        """Return all rows, (N, *row_shape), memory-mapped read-only.

        Raises:
            CaeError: the disk is full.
        """
        shape = (self._count, *self.row_shape)
        if not np.prod(shape):
            return np.empty(shape, np.uint8)
        with _said_when_full(self.folder):
            self._file.flush()
        return np.memmap(self._file, np.uint8, "r", shape=shape)


class ScratchSquares:
    """Square images in a scratch array, grey until one comes that has colour.

    Attributes:
        side: of the squares, pixels.
        folder: where the file is; the system's folder for temporary files when None.
    """

    def __init__(self, side: int, folder: Path | None = None) -> None:
        self.side = side
        self.folder = folder
        self._rows = ScratchArray((side, side, 1), folder)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def channels(self) -> int:
        """1, or 3 since an image with colour came."""
        return self._rows.row_shape[-1]

    def put(self, first: int, squares: np.ndarray) -> None:
        """Write squares, (n, side, side, 1 or 3), from row `first` on.

        Raises:
            CaeError: the disk is full.
        """
        if squares.shape[-1] > self.channels:
            self._become_coloured()
        if squares.shape[-1] < self.channels:
            squares = np.repeat(squares, 3, axis=-1)
        self._rows.put(first, squares)

    def append(self, squares: np.ndarray) -> None:
        """Write squares, (n, side, side, 1 or 3), behind all others.

        Raises:
            CaeError: the disk is full.
        """
        self.put(len(self), squares)

    def array(self) -> np.ndarray:
        """Return all squares, (N, side, side, 1 or 3), memory-mapped read-only."""
        return self._rows.array()

    def _become_coloured(self) -> None:
        coloured = ScratchArray((self.side, self.side, 3), self.folder)
        for chunk in chunks_of(self._rows.array()):
            coloured.append(np.repeat(chunk, 3, axis=-1))
        self._rows = coloured


def chunks_of(array: np.ndarray, rows: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Yield an array, or some of its rows, in pieces of about 4 MB along its first axis."""
    count = len(array) if rows is None else len(rows)
    step = max(1, _CHUNK_BYTES // max(1, int(np.prod(array.shape[1:])) * array.itemsize))
    for start in range(0, count, step):
        part = slice(start, start + step)
        yield array[part] if rows is None else array[rows[part]]


def taken_rows(array: np.ndarray, rows: np.ndarray, folder: Path | None = None) -> np.ndarray:
    """Return rows of a uint8 array, copied into a scratch array piece by piece.

    Raises:
        CaeError: the disk is full.
    """
    scratch = ScratchArray(array.shape[1:], folder)
    for chunk in chunks_of(array, rows):
        scratch.append(chunk)
    return scratch.array()


@contextmanager
def _said_when_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not is_of_a_full_disk(error, folder):
            raise
        raise CaeError(
            f"The disk is full: there is no room for images in {folder}; make room and run the "
            "same again."
        ) from error
