"""Refuse what would not fit into memory before any of it is read."""

import psutil

from cae.errors import CaeError

_USABLE_SHARE = 0.8


def require_memory(needed: int, what: str) -> None:
    """Raise `CaeError` when `needed` bytes are more than 80 % of the memory that is free.

    Args:
        needed: bytes.
        what: subject of the sentence, such as ``"The file scans.npz"``.
    """
    free = psutil.virtual_memory().available
    if needed > _USABLE_SHARE * free:
        raise CaeError(
            f"{what} needs {needed / 1e9:.1f} GB of memory, but only {free / 1e9:.1f} GB are "
            "free; use fewer or smaller images, or a computer with more memory."
        )
