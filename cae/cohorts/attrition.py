"""How a group came about as a flow: what each filter, outline and exclusion left of the images.

A CONSORT or STROBE flow diagram is drawn from it.

>>> import pandas as pd
>>> table = pd.DataFrame({"label": ["a", "b", "a"], "age": [30, 40, 50]})
>>> history = [{"kind": "filter", "combine": "replace", "count": 1,
...             "filters": ['label == "a"', "age > 40"]}]
>>> print(attrition(history, table).statement)
Of 3 images, 1 left out: label == "a" does not hold; 1 left out: age > 40 does not hold; 1 remains.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from cae.cohorts.picking import step_in_words
from cae.cohorts.replay import CohortRows, Event, Positions, Search, Step, replay_steps
from cae.cohorts.units import PATIENT
from cae.columns.expression import columns_in, read_query
from cae.columns.filters import with_cluster_names
from cae.errors import CaeError
from cae.number_text import counted

ALL = "All images"
_COLUMNS = {
    "reason": "step",
    "out": "images left out",
    "came": "images added",
    "left": "images",
    "patients": "patients",
}


@dataclass(frozen=True)
class Change:
    """A line of a flow.

    Attributes:
        reason: what it is about, such as a filter that does not hold.
        out: images that were left out by it.
        came: images that were added by it.
        left: images that are in the group after it.
        patients: patients of whom an image is in the group after it; None where that is unknown.
        missing: of the images that were left out, those without a value, where the reason tells.
        event: the step of the history that it is a part of; empty of all images.
    """

    reason: str
    out: int
    came: int
    left: int
    patients: int | None = None
    missing: int = 0
    event: Event = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Attrition:
    """How a group came about.

    Attributes:
        changes: from all images to the group; the first tells how many there are.
        remark: why steps from some on have the counts that were noted when they were taken, as a
            sentence; empty where every step was taken again.
    """

    changes: tuple[Change, ...]
    remark: str = ""

    @property
    def statement(self) -> str:
        """The flow as a sentence, for a section on methods."""
        first, last = self.changes[0], self.changes[-1]
        told = "".join(
            f"{change.out or change.came:,} {'left out' if change.out else 'added'}: "
            f"{change.reason}; "
            for change in self.changes[1:]
            if change.out or change.came
        )
        verb = "remains" if last.left == 1 else "remain"
        images = counted(first.left, "image")
        return f"Of {images}{_patients(first)}, {told}{last.left:,}{_patients(last)} {verb}."

    @property
    def smallest(self) -> float:
        """The least count above 0 that a diagram tells; infinite where there is none."""
        images = [n for one in self.changes for n in (one.out, one.came, one.left)]
        parts = [
            n for one in self.changes if one.missing for n in (one.missing, one.out - one.missing)
        ]
        patients = [one.patients for one in self.changes if one.patients is not None]
        apart = [abs(after - before) for before, after in pairwise(patients)]
        return min((n for n in (*images, *parts, *patients, *apart) if n), default=math.inf)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        steps = self.table().rename(columns=lambda title: title.replace(" ", "_"))
        return {
            "statement": self.statement,
            "remark": self.remark,
            "steps": steps.to_dict(orient="records"),
        }

    def table(self) -> pd.DataFrame:
        """Return a line per change: step, images left out, added and left, and patients left.

        There is no column of patients where nothing is known of them.
        """
        lines = [[getattr(change, field) for field in _COLUMNS] for change in self.changes]
        table = pd.DataFrame(lines, columns=list(_COLUMNS.values()), dtype=object)
        return table.dropna(axis="columns", how="all")


def attrition(
    history: Sequence[Event],
    table: pd.DataFrame,
    positions: Positions | None = None,
    search: Search | None = None,
    cohort_rows: CohortRows | None = None,
    names: Mapping[int, str] = MappingProxyType({}),
) -> Attrition:
    """Return how a group came about, by taking its history again.

    Filters that held together are counted one after the other, in their order. From the first
    step on that cannot be taken again, as its map was drawn anew, say, what was noted is told.

    Args:
        history: as `Selection.history` and a cohort hold it.
        table: one row per image.
        positions: as `cae.cohorts.replay.replay` takes it.
        search: likewise.
        cohort_rows: likewise.
        names: given to clusters, by which people know them.
    """
    history = _whole(history)
    flow = _Flow(table, names)
    taken = replay_steps(history, table, positions, search, cohort_rows)
    for number in range(len(history)):
        try:
            step = next(taken)
        except CaeError as error:
            flow.note(history[number:])
            return Attrition(
                tuple(flow.changes), f"Counts from here on are those noted then. {error}"
            )
        flow.take(step, is_first=number == 0)
    return Attrition(tuple(flow.changes))


class _Flow:
    """Puts steps one after the other."""

    def __init__(self, table: pd.DataFrame, names: Mapping[int, str]) -> None:
        self._table, self._names = table, names
        patients = table.get(PATIENT, pd.Series(pd.NA, index=table.index))
        self._patients = pd.factorize(patients)[0] if patients.notna().any() else None
        self._event: Event = {}
        everything = np.arange(len(table))
        self.changes = [Change(ALL, 0, 0, len(table), self._count(everything))]

    def take(self, step: Step, is_first: bool) -> None:
        self._event, combine = step.event, step.event["combine"]
        word = step_in_words({**step.event, "combine": "replace"})
        among = " and ".join(self._called(query) for query, _ in step.scopes)
        where = f" (where {among})" if among else ""
        if not is_first and combine == "add":
            self._add(f"{word}{where}", 0, len(step.after) - len(step.before), step.after)
            return
        if not is_first and combine == "remove":
            self._add(f"{word}{where}", len(step.before) - len(step.after), 0, step.after)
            return
        current = np.arange(len(self._table)) if is_first else step.before
        for scope, is_in in step.scopes:
            kept = current[is_in[current]]
            reason, missing = self._why(scope, current[~is_in[current]])
            self._add(reason, len(current) - len(kept), 0, kept, missing)
            current = kept
        if len(step.after) < len(current) or not step.scopes:
            self._add(_outside(step.event, word), len(current) - len(step.after), 0, step.after)

    def note(self, history: Sequence[Event]) -> None:
        """Add steps that cannot be taken again, with the counts that were noted."""
        for event in history:
            change = int(event.get("count", 0)) - self.changes[-1].left
            word = step_in_words(event)
            left = self.changes[-1].left + change
            self.changes.append(Change(word, max(0, -change), max(0, change), left, event=event))

    def _add(self, reason: str, out: int, came: int, left: np.ndarray, missing: int = 0) -> None:
        count = self._count(left)
        self.changes.append(Change(reason, out, came, len(left), count, missing, self._event))

    def _why(self, scope: str, out: np.ndarray) -> tuple[str, int]:
        """Return why images are not in scope, and of how many its value is missing, if it tells."""
        try:
            columns = columns_in(read_query(scope))
        except CaeError:
            return scope, 0
        if len(set(columns)) != 1:
            return f"{self._called(scope)} does not hold", 0
        name = next(iter(columns))
        missing = int(self._table[name].iloc[out].isna().sum()) if name in self._table else 0
        unknown = f" ({missing:,} without a value)" if missing else ""
        return f"{self._called(scope)} does not hold{unknown}", missing

    def _called(self, scope: str) -> str:
        """Return a query as people read it; one that cannot be read as it stands."""
        try:
            return with_cluster_names(scope, self._names)
        except CaeError:
            return scope

    def _count(self, rows: np.ndarray) -> int | None:
        if self._patients is None:
            return None
        codes = np.unique(self._patients[rows])
        return int((codes >= 0).sum())


def _whole(history: Sequence[Event]) -> list[Event]:
    """Return a history that begins with a cohort from that cohort's own beginning on."""
    history = list(history)
    while history and history[0].get("kind") == "cohort" and _is_plain(history[0]):
        history = [*history[0]["of"], *history[1:]]
    return history


def _is_plain(event: Event) -> bool:
    return bool(event.get("of")) and not (event.get("filters") or event.get("shown"))


def _outside(event: Event, word: str) -> str:
    """Return what images are that a step did not pick."""
    if event["kind"] in ("lasso", "box"):
        return f"outside the {word}"
    if event["kind"] in ("cluster", "category"):
        return f"{event.get('column', '')} is not {word}"
    return f"not in: {word}"


def _patients(change: Change) -> str:
    if change.patients is None:
        return ""
    return f" ({counted(change.patients, 'patient')})"
