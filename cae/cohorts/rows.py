"""Row numbers as few bytes."""

import zlib

import numpy as np

from cae.errors import CaeError


def pack_rows(rows: np.ndarray) -> bytes:
    """Return ascending row numbers as compressed bytes; a million take at most about 1 MB.

    Differences of neighbours are stored as little-endian int64, because they are small and
    repeat, then compressed with zlib.
    """
    steps = np.diff(np.asarray(rows, dtype="<i8"), prepend=np.int64(0))
    return zlib.compress(steps.astype("<i8").tobytes(), level=6)


def unpack_rows(packed: bytes) -> np.ndarray:
    """Return the int64 row numbers `pack_rows` was given.

    Raises:
        CaeError: the bytes are damaged.
    """
    try:
        steps = np.frombuffer(zlib.decompress(packed), dtype="<i8")
    except (zlib.error, ValueError) as error:
        raise CaeError(
            f"The saved image rows are damaged ({error}); restore the study from a copy."
        ) from error
    return np.cumsum(steps, dtype=np.int64)
