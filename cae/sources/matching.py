"""Find the file that a cell of a table names."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from cae.sources.picture import SUFFIXES

# Images are often converted before they are brought, so these name them in tables.
_OTHER_ENDINGS = re.compile(
    r"\.(?:nii\.gz|nii|dcm|dicom|ima|mhd|mha|nrrd|npy|npz|gif|svs|ndpi|mrxs|jp2|j2k|heic|pgm|ppm"
    r"|img|hdr|raw|json|xml|txt)$"
)
_WHOLE_AS_FLOAT = re.compile(r"(?<![\d.])(\d+)\.0+(?=/|$)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")

NAMED, STEM, FOLDED, CONVERTED, RENUMBERED = range(5)


@dataclass(frozen=True)
class Found:
    """Files that a name may mean.

    Attributes:
        positions: of the files; several where the name says too little.
        tier: how much had to be left aside, from `NAMED` (nothing) over `STEM` (the ending),
            `FOLDED` (capitals) and `CONVERTED` (the ending of another format) to `RENUMBERED`
            (zeros before numbers, and 1.0 for 1).
    """

    positions: list[int]
    tier: int


class FileIndex:
    """The files of a folder, found by relative path, a part of it, file name or stem.

    A name and a file belong together when one of them is the end of the other, in whole folders:
    ``p1/eye.png`` names ``scans/p1/eye.png``, and ``/data/p1/eye.png`` names ``p1/eye.png``, but
    never ``p2/eye.png``. Without such a file, endings, then capitals, then endings of formats that
    images are converted from, then zeros before numbers are left aside.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.files = files

        self._keys = files
        self._tiers: list[_Ends] = []

    def find(self, name: str) -> list[int]:
        """Return the positions of the files `name` may mean: several where it says too little."""
        return self.look_up(name).positions

    def look_up(self, name: str) -> Found:
        """Return the files `name` may mean and how it names them; no files if it names none."""
        key = name
        for tier, lay_aside in enumerate(_TIERS):
            key = lay_aside(key)
            if found := self._ends(tier).find(key):
                return Found(found, tier)
        return Found([], RENUMBERED)

    def _ends(self, tier: int) -> "_Ends":
        # Most tables never need the later tiers, which take as much memory as the first.
        if tier == len(self._tiers):
            self._keys = [_TIERS[tier](key) for key in self._keys]
            self._tiers.append(_Ends(self._keys))
        return self._tiers[tier]


class _Ends:
    """Files by the ends of their paths."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._ends: dict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(keys):
            self._whole[key].append(position)
            for end in _path_ends(key):
                self._ends[end].append(position)

    def find(self, name: str) -> list[int]:
        if found := self._ends.get(name):
            return self._whole.get(name) or found
        place = name.find("/")
        while place >= 0:
            if found := self._whole.get(name[place + 1 :]):
                return found
            place = name.find("/", place + 1)
        return []


def has_image_ending(name: str) -> bool:
    """Whether a text ends like the name of an image file."""
    return PurePosixPath(name).suffix.casefold() in SUFFIXES or bool(
        _OTHER_ENDINGS.search(name.casefold())
    )


def _path_ends(key: str) -> list[str]:
    """Return all ends of a path in whole folders, the longest (the path itself) first."""
    parts = key.split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _path(name: str) -> str:
    """Return a path with slashes, without what leads to the top, its letters composed."""
    path = unicodedata.normalize("NFC", name).replace("\\", "/")
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _stem(path: str) -> str:
    stem, dot, ending = path.rpartition(".")
    return stem if stem and f"{dot}{ending}".casefold() in SUFFIXES else path


def _converted(stem: str) -> str:
    return _OTHER_ENDINGS.sub("", stem)


def _renumbered(stem: str) -> str:
    return _ZEROS.sub("", _WHOLE_AS_FLOAT.sub(r"\1", stem))


# Each lays aside a little more of what the one before has left.
_TIERS = (_path, _stem, str.casefold, _converted, _renumbered)
