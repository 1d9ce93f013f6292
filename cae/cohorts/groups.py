"""Groups of images that are compared: how they are asked for, and how they came about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from cae.cohorts.material import Material
from cae.cohorts.named_cohorts import NAMED, columns_picked_by
from cae.cohorts.remark import Remark
from cae.cohorts.selection import Selection
from cae.columns.cohort_column import cohort_of
from cae.columns.corrected_label import CORRECTED
from cae.columns.expression import columns_in, read_query
from cae.columns.filters import with_cluster_numbers
from cae.columns.query import query_rows
from cae.columns.titles import CLUSTER, LABEL, cluster_number, column_title, default_name
from cae.errors import CaeError

Event = dict[str, Any]
REST = "rest"
FORMS = (
    "cohort:NAME, selection:TOKEN, cluster:NUMBER or its name, label:VALUE, corrected_label:VALUE, "
    "query:CONDITION or rest"
)
_DRAWN, _FOUND, _PICKED = "drawn", "found", "picked"
_WAYS = {
    _DRAWN: "drawn on a map that was made from these images",
    _FOUND: "found among these images by what they show",
    _PICKED: "picked by looking at these images",
}
_WAY_OF_KIND = {
    "lasso": _DRAWN,
    "box": _DRAWN,
    "cluster": _FOUND,
    "similarity": _FOUND,
    "outliers": _FOUND,
    "near-duplicates": _FOUND,
    "suspected labels": _FOUND,
    "click": _PICKED,
}


@dataclass(frozen=True, eq=False)
class Group:
    """Some images that are compared with others.

    Attributes:
        name: as tables head it.
        rows: int64, ascending, unique.
        kind: selection, cohort, cluster, label, query, rows or rest.
        columns: those that say who belongs to it, which therefore cannot be compared.
        ways: how what the images show had a part in it: drawn, found, picked.
        steps: how many images were left after each step of its history.
        history: as `Selection.history`, empty where it has none.
    """

    name: str
    rows: np.ndarray
    kind: str
    columns: frozenset[str] = frozenset()
    ways: frozenset[str] = frozenset()
    steps: tuple[tuple[str, int], ...] = ()
    history: tuple[dict[str, Any], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_exploratory(self) -> bool:
        """Whether the images that are compared had a part in forming the group."""
        return bool(self.ways)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """A warning where the group is exploratory; of a rest, the group that leaves it warns."""
        is_told = self.is_exploratory and self.kind != REST
        return (Remark(self.reason, is_warning=True),) if is_told else ()

    @property
    def reason(self) -> str:
        """Why the group is exploratory, as a sentence; empty where it is not."""
        if not self.ways:
            return ""
        ways = " and ".join(words for way, words in _WAYS.items() if way in self.ways)
        return (
            f"{self.name} is exploratory: it was {ways}, so that the images differ by its making "
            "and p-values do not count the choice; look for it again in other images."
        )


Asked = str | Group | Selection | np.ndarray


def groups_of(material: Material, asked: Sequence[Asked]) -> tuple[Group, ...]:
    """Return the groups that were asked for, none of which shares an image with another.

    Args:
        material: what they are taken from.
        asked: each a text (see `FORMS`), a `Group`, a `Selection`, or an array: bool (N,) or row
            numbers. ``rest``, at most once, is what is in none of the others.

    Raises:
        CaeError: one is unknown or empty, two share images, or ``rest`` stands alone or twice.
    """
    alone = len(asked) == 1
    rests = [one for one in asked if isinstance(one, str) and one.strip() == REST]
    if rests and (alone or len(rests) > 1):
        raise CaeError("The rest is what other groups leave; name it once, beside another group.")
    named = [
        None if isinstance(one, str) and one.strip() == REST else _group(material, one, number)
        for number, one in enumerate(asked, start=1)
    ]
    given = [group for group in named if group is not None]
    for first, second in combinations(given, 2):
        _require_apart(first, second)
    groups = tuple(_rest(material, given) if one is None else one for one in named)
    for group in groups:
        if len(group) == 0:
            raise CaeError(f"No image is in {group.name}; choose a group that holds some.")
    return groups


def _group(material: Material, asked: Asked, number: int) -> Group:
    if isinstance(asked, Group):
        return asked
    if isinstance(asked, Selection):
        return _selected(material, f"Selection {number}", "selection", asked)
    if isinstance(asked, np.ndarray):
        rows = np.flatnonzero(asked) if asked.dtype == bool else asked
        return Group(f"Group {number}", _existing(material, rows, f"Group {number}"), "rows")
    kind, colon, detail = (part.strip() for part in asked.partition(":"))
    if kind == "cohort" and detail:
        return _selected(material, detail, kind, material.cohort(detail))
    if kind == "selection" and detail:
        return _selected(material, "Selection", kind, material.remembered(detail))
    if kind == CLUSTER and detail:
        return _cluster(material, detail)
    if kind == LABEL and detail:
        return _labelled(material, LABEL, detail, detail)
    if kind == CORRECTED and detail:
        return _labelled(material, CORRECTED, detail, f"{detail} (as corrected)")
    if kind == "query" and detail:
        return _queried(material, detail)
    raise CaeError(f"{asked!r} is no group; write {FORMS}.")


def _selected(material: Material, name: str, kind: str, selection: Selection) -> Group:
    events = list(_events(selection.history))
    columns, events = _with_cohorts(material, events)
    ways = _ways(material, columns, events)
    steps = tuple(
        (str(event.get("kind", "unknown")), int(event.get("count", 0)))
        for event in selection.history
    )
    rows = _existing(material, selection.rows, name)
    return Group(name, rows, kind, columns, ways, steps, selection.history)


def _with_cohorts(material: Material, events: list[Event]) -> tuple[frozenset[str], list[Event]]:
    """Return the columns that steps pick by, and the steps with those of cohorts they name."""
    columns: set[str] = set()
    for event in events:  # grows while it is gone through
        for column in columns_picked_by(event):
            name = cohort_of(column)
            if name is not None and column not in columns:
                noted = event.get(NAMED, {}).get(name)
                events.extend(_events(material.history_noted(name, noted)))
            columns.add(column)
    return frozenset(columns), events


def _ways(material: Material, columns: frozenset[str], events: list[Event]) -> frozenset[str]:
    """Return how what the images show had a part in steps that pick by some columns."""
    ways = {_WAY_OF_KIND[event["kind"]] for event in events if event.get("kind") in _WAY_OF_KIND}
    return frozenset(ways | ({_FOUND} if columns & material.derived else set()))


def _events(history: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in history:
        yield event
        yield from _events(event.get("of", ()))


def _cluster(material: Material, detail: str) -> Group:
    if CLUSTER not in material.table:
        raise CaeError("There are no clusters yet; group the images first, or choose a cohort.")
    numbers, names = material.table[CLUSTER], material.cluster_names
    number = cluster_number(detail, names)
    if number is None or not (numbers == number).any():
        known = ", ".join(str(names.get(one, one)) for one in sorted(numbers.unique()))
        raise CaeError(f"There is no cluster {detail}; choose one of {known}.")
    rows = np.flatnonzero(numbers == number)
    name = names.get(number, default_name(number).capitalize())
    return Group(name, rows, CLUSTER, frozenset({CLUSTER}), frozenset({_FOUND}))


def _labelled(material: Material, column: str, detail: str, name: str) -> Group:
    labels = material.table.get(column, pd.Series(dtype="str"))
    rows = np.flatnonzero((labels.astype("str") == detail) & labels.notna())
    if len(rows) == 0:
        known = sorted(map(str, labels.dropna().unique()))
        title = column_title(column).lower()
        advice = f"choose one of {', '.join(known[:10])}" if known else f"no image has a {title}"
        raise CaeError(f"There is no {title} {detail!r}; {advice}.")
    columns = frozenset({column})
    return Group(name, rows, column, columns, _ways(material, columns, []))


def _queried(material: Material, query: str) -> Group:
    numbered = with_cluster_numbers(query, material.cluster_names, material.table)
    table = material.beside(columns_in(read_query(numbered)))
    rows = np.flatnonzero(query_rows(table, numbered))
    columns, events = _with_cohorts(material, [{"kind": "filter", "filters": [numbered]}])
    return Group(query, rows, "query", columns, _ways(material, columns, events))


def _rest(material: Material, others: Sequence[Group]) -> Group:
    taken = np.concatenate([group.rows for group in others])
    rows = np.setdiff1d(np.arange(len(material)), taken)
    columns = frozenset().union(*(group.columns for group in others))
    ways = frozenset().union(*(group.ways for group in others))
    return Group("The rest", rows, REST, columns, ways)


def _existing(material: Material, rows: np.ndarray, name: str) -> np.ndarray:
    rows = np.unique(np.asarray(rows, dtype=np.int64))
    if len(rows) and not (rows[0] >= 0 and rows[-1] < len(material)):
        raise CaeError(
            f"{name} is of more than the {len(material):,} images that there are; choose another."
        )
    return rows


def _require_apart(first: Group, second: Group) -> None:
    shared = len(np.intersect1d(first.rows, second.rows, assume_unique=True))
    if shared:
        raise CaeError(
            f"{shared:,} of the images of {first.name} are in {second.name}, too; compare groups "
            "that share none, such as one of them with the rest."
        )


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return names with a number behind those that an earlier group has."""
    seen: list[str] = []
    for name in names:
        number = sum(1 for other in names[: len(seen)] if other == name)
        seen.append(f"{name} ({number + 1})" if number else name)
    return seen
