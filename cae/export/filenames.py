"""Safe names of files for image ids, and safe paths for paths."""

import re
from collections.abc import Iterable, Iterator

from cae.sources.paths import suffix_of

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+|\.{2,}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 100
_LONGEST_ENDING = 12


def safe_names(ids: Iterable[str]) -> Iterator[str]:
    """Yield for each id a name that every file system takes and no other id has.

    Letters other than A–Z, blanks and signs become ``_``; a number is added where two names
    would be the same, capitals or not. The same ids in the same order give the same names.
    """
    taken: set[str] = set()
    for identifier in ids:
        yield _free(_plain(identifier), "", taken)


def safe_paths(paths: Iterable[str]) -> Iterator[str]:
    """Yield for each path a path that every file system takes and no other one has.

    Folders stay folders and names keep their endings; in each folder names are made as by
    `safe_names`.

    Args:
        paths: with slashes, each once, and none that is a folder of another.
    """
    given: dict[str, str] = {}
    taken: dict[str, set[str]] = {}
    for path in paths:
        before = within = ""
        for part in path.split("/")[:-1]:
            before += f"{part}/"
            if before not in given:
                given[before] = _free(_plain(part), "", taken.setdefault(within, set()))
            within += f"{given[before]}/"
        ending = suffix_of(path)
        if _UNSAFE.search(ending) or len(ending) > _LONGEST_ENDING:
            ending = ""
        stem = path.rpartition("/")[2].removesuffix(ending)
        yield within + _free(_plain(stem), ending, taken.setdefault(within, set()))


def _plain(text: str) -> str:
    plain = _UNSAFE.sub("_", text)[:_LONGEST].strip(".")
    is_unusable = not plain or _RESERVED.fullmatch(plain) or plain.startswith("-")
    return f"image_{plain}" if is_unusable else plain


def _free(plain: str, ending: str, taken: set[str]) -> str:
    """Return a name that is not taken, capitals or not, and take it."""
    name, number = f"{plain}{ending}", 1
    while name.lower() in taken:
        number += 1
        name = f"{plain}-{number}{ending}"
    taken.add(name.lower())
    return name
