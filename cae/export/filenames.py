"""Safe file names for image ids."""

import re
from collections.abc import Iterable, Iterator

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+|\.{2,}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 100


def safe_names(ids: Iterable[str]) -> Iterator[str]:
    """Yield for each id a name that every file system takes and no other id has.

    Letters other than A–Z, blanks and signs become ``_``; a number is added where two names
    would be the same, capitals or not. The same ids in the same order give the same names.
    """
    taken: set[str] = set()
    for identifier in ids:
        plain = _UNSAFE.sub("_", identifier)[:_LONGEST].strip(".")
        if not plain or _RESERVED.fullmatch(plain) or plain.startswith("-"):
            plain = f"image_{plain}"
        name, number = plain, 1
        while name.lower() in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name.lower())
        yield name
