"""Row numbers as few bytes."""

import zlib

import numpy as np

from cae.errors import DamagedFileError

# Of a hundred million images.
_MOST_BYTES = 8 * 10**8


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
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(packed, _MOST_BYTES)
        if not unpacker.eof:
            raise ValueError("they are cut off or too many")
        steps = np.frombuffer(unpacked, dtype="<i8")
        if len(steps) and (steps[0] < 0 or (steps[1:] < 1).any()):
            raise ValueError("they are not in order")
    except (zlib.error, ValueError, TypeError) as error:
        raise DamagedFileError(
            "The saved set of images", str(error), "restore the study from a copy"
        ) from error
    return np.cumsum(steps, dtype=np.int64)
