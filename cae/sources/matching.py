"""Find the file that a cell of a table names."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

import pandas as pd

from cae.sources.picture import SUFFIXES

_SAMPLED_NAMES = 5000


class FileIndex:
    """The files of a folder, found by relative path, a part of it, file name or stem.

    A name and a file belong together when one of them is the end of the other, in whole folders:
    ``p1/eye.png`` names ``scans/p1/eye.png``, and ``/data/p1/eye.png`` names ``p1/eye.png``, but
    never ``p2/eye.png``. Without such a file, endings and then capitals are left aside.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self._tiers = [_Ends([key(file) for file in files]) for key in (_path, _stem, _folded)]

    def find(self, name: str) -> list[int]:
        """Return the positions of the files `name` may mean: several where it says too little."""
        for ends, key in zip(self._tiers, (_path, _stem, _folded), strict=True):
            if found := ends.find(key(name)):
                return found
        return []


class _Ends:
    """Files by the ends of their paths."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._ends: dict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(keys):
            self._whole[key].append(position)
            for end in _ends(key):
                self._ends[end].append(position)

    def find(self, name: str) -> list[int]:
        if found := self._whole.get(name) or self._ends.get(name):
            return found
        return next((self._whole[end] for end in _ends(name) if end in self._whole), [])


def find_name_column(cells: pd.DataFrame, index: FileIndex) -> str | None:
    """Return the column whose values name most files, the first of equals; None if none does."""
    counts = {column: _count_named(cells[column], index) for column in cells.columns}
    best = max(counts, key=counts.get, default=None)
    return best if best is not None and counts[best] else None


def _count_named(texts: pd.Series, index: FileIndex) -> int:
    names = texts.dropna().unique()
    if 2 * len(names) < texts.count():
        # Many rows alike name something else, such as ages that read like numbered files.
        return 0
    sample = names[:: 1 + len(names) // _SAMPLED_NAMES]
    return sum(bool(index.find(name)) for name in sample)


def _ends(key: str) -> list[str]:
    """Return all ends of a path in whole folders, the longest (the path itself) first."""
    parts = key.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _path(name: str) -> str:
    """Return a path with slashes, without what leads to the top, its letters composed."""
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _stem(name: str) -> str:
    path = PurePosixPath(_path(name))
    return str(path.with_suffix("")) if path.suffix.casefold() in SUFFIXES else str(path)


def _folded(name: str) -> str:
    return _stem(name).casefold()
