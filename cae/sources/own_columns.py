"""Names of columns that mean something in every study, and what a table's own become."""

import re
from collections.abc import Iterable

from cae.columns.corrected_label import CORRECTED, RECORDS
from cae.imageset import RESERVED_COLUMNS

_COMPUTED = ("cluster", "probability", "outlier_score")
_OWN = frozenset((*RESERVED_COLUMNS, "file", *_COMPUTED, CORRECTED, *RECORDS))
# As `cae.local.regions` calls the columns that a local model adds.
_AREA = re.compile(r"region \d+ area")


def is_own(name: str) -> bool:
    """Whether a column of this name, in any case, would be taken for one that a study makes."""
    plain = name.casefold().strip()
    return plain in _OWN or bool(_AREA.fullmatch(plain))


def kept_names(columns: Iterable[str], among: Iterable[str] = ()) -> dict[str, str]:
    """Return the name under which each column of a table is kept.

    One that would be taken for a study's own, or for one of those it comes `among`, gets
    ``(table)`` behind it, and a number where that name is taken, too.
    """
    columns, others = list(columns), set(among)
    names: dict[str, str] = {}
    free = {name for name in columns if not is_own(name)} - others
    taken = free | others
    for name in columns:
        kept, copy = name, 2
        if name not in free:
            kept = f"{name} (table)"
            while kept in taken:
                kept, copy = f"{name} (table {copy})", copy + 1
        taken.add(kept)
        names[name] = kept
    return names
