"""Refuse what would not fit into memory or on the disk before any of it is read."""

import shutil
import tempfile
from pathlib import Path

import psutil

from cae.errors import CaeError

_USABLE_SHARE = 0.8
# While a study is made, the images that were read lie beside those that it keeps.
_COPIES = 2


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


def require_disk(needed: int, what: str, folder: Path | None = None) -> None:
    """Raise `CaeError` when images of `needed` bytes, and a study's copy of them, find no room.

    Args:
        needed: bytes of the images, which are kept on disk while they are read.
        what: subject of the sentence, such as ``"The file scans.npz"``.
        folder: where they are kept; the system's folder for temporary files when None.
    """
    folder = Path(tempfile.gettempdir()) if folder is None else folder
    free = shutil.disk_usage(folder).free
    if _COPIES * needed > free:
        raise CaeError(
            f"{what} needs {_COPIES * needed / 1e9:.1f} GB of disk in {folder}, but only "
            f"{free / 1e9:.1f} GB are free; make room, or use fewer or smaller images."
        )
