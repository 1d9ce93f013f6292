"""A selection's history taken again, step by step, so that anyone can check what it selects.

>>> import numpy as np, pandas as pd
>>> table = pd.DataFrame({"label": ["a", "b", "a"], "age": [30, 40, 50]})
>>> history = [{"kind": "filter", "combine": "replace", "count": 1,
...             "filters": ['label == "a"', "age > 40"]}]
>>> replay(history, table).rows.tolist()
[2]
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cae.cohorts.named_cohorts import NAMED
from cae.cohorts.picking import places_digest
from cae.cohorts.rows import unpack_rows
from cae.cohorts.selection import LEFT_OUT, Selection, rows_in_polygon
from cae.columns.cohort_column import with_cohorts
from cae.columns.colours import Colours, table_colours
from cae.columns.filters import columns_named, former_queries, in_scope
from cae.errors import CaeError, UnusableError

Event = dict[str, Any]
Positions = Callable[[str], np.ndarray]
CohortRows = Callable[[str, Event | None], np.ndarray]
TakenAgain = Callable[[Sequence[Event]], Selection]
Search = Callable[[Event, np.ndarray, TakenAgain], np.ndarray]


def replay(
    history: Sequence[Event],
    table: pd.DataFrame,
    positions: Positions | None = None,
    search: Search | None = None,
    cohort_rows: CohortRows | None = None,
) -> Selection:
    """Return the selection that a history leads to.

    `cae.decoding.replay.replay_on` does so on a study, with all its maps and searches.

    Args:
        history: as `Selection.history`, a cohort and ``provenance.json`` of its export hold it.
        table: one row per image, with clusters if the history uses them.
        positions: returns where a map, by its name, puts the images, (N, 2 or 3); raises
            `UnusableError` where there is no such map. Only a lasso or box needs it.
        search: returns the rows that a step found which is neither drawn nor filtered: it is
            given the event, which images were in scope (bool, N), and what returns the selection
            that a history leads to, such as that of the images to be similar to. Raises
            `UnusableError` where it cannot.
        cohort_rows: returns the rows of a cohort by its name and what the step noted of it, if
            anything; only steps that name one need it.

    Raises:
        CaeError: a step cannot be taken again, because something it needs was not noted, is not
            at hand or has changed. The sentence says which step and why.
    """
    return _Replay(table, positions, search, cohort_rows).all(history, "")


@dataclass(frozen=True, eq=False)
class Step:
    """A step of a history that was taken again.

    Attributes:
        event: the step, as the history holds it.
        before: rows that were selected before, int64.
        after: rows that were selected after it.
        scopes: what each filter, and what was hidden on the map, left in scope: the query or what
            was hidden, and bool (N,).
    """

    event: Event
    before: np.ndarray
    after: np.ndarray
    scopes: tuple[tuple[str, np.ndarray], ...]


def replay_steps(
    history: Sequence[Event],
    table: pd.DataFrame,
    positions: Positions | None = None,
    search: Search | None = None,
    cohort_rows: CohortRows | None = None,
) -> Iterator[Step]:
    """Yield the steps of a history, each when it was taken again; the arguments are `replay`'s.

    Raises:
        CaeError: the next step cannot be taken again, see `replay`.
    """
    taken = _Replay(table, positions, search, cohort_rows)
    selection = Selection.empty()
    for number, event in enumerate(history, start=1):
        former, selection = selection, taken.step(event, selection, str(number))
        yield Step(event, former.rows, selection.rows, taken.scopes(event))


class _Replay:
    """Takes the steps of histories on one table."""

    def __init__(
        self,
        table: pd.DataFrame,
        positions: Positions | None,
        search: Search | None,
        cohort_rows: CohortRows | None,
    ) -> None:
        self._table = table
        self._positions = positions
        self._search = search
        self._cohort_rows = cohort_rows

    def all(self, history: Sequence[Event], within: str) -> Selection:
        selection = Selection.empty()
        for number, event in enumerate(history, start=1):
            selection = self.step(event, selection, f"{within}{number}")
        return selection

    def step(self, event: Event, selection: Selection, step: str) -> Selection:
        """Return the selection after a step, which errors call `step`."""
        try:
            return self._after(event, selection, step)
        except _StepError:
            raise
        except (CaeError, UnusableError) as error:
            raise _problem(step, event, error.reason) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _problem(step, event, f"its description is damaged ({error!r})") from error

    def scopes(self, event: Event) -> tuple[tuple[str, np.ndarray], ...]:
        """Return what each filter, and what was hidden on the map, left in scope of a step."""
        queries = _queries(event.get("filters", []))
        table = self._beside(columns_named(queries), event)
        scopes = [(query, in_scope(table, [query])) for query in queries]
        if (shown := event.get("shown")) is not None:
            scopes.append((f"hidden on the map by {shown['column']}", self._shown(event)))
        return tuple(scopes)

    def _after(self, event: Event, selection: Selection, step: str) -> Selection:
        if _is_left_out({name: value for name, value in event.items() if name != "of"}):
            raise UnusableError("it may identify a patient and was left out when the history left")
        queries = _queries(event.get("filters", []))
        table = self._beside(columns_named(queries), event)
        scope = in_scope(table, queries) & self._shown(event)
        rows = self._rows(event, scope, step)
        found = selection.combine(rows[scope[rows]], event["combine"], event)
        if len(found) != event["count"]:
            raise UnusableError(
                f"{event['count']:,} images were selected after it and {len(found):,} are now: "
                "the table or the map has changed since"
            )
        return found

    def _rows(self, event: Event, scope: np.ndarray, step: str) -> np.ndarray:
        kind = event["kind"]
        if kind in ("lasso", "box"):
            return self._drawn(event)
        if kind in ("cluster", "category"):
            return self._of_category(event)
        if kind in ("all", "filter"):
            return np.arange(len(self._table))
        if kind == "ids":
            return self._existing(unpack_rows(base64.b64decode(noted(event, "rows"))))
        if kind == "click":
            return self._existing(np.array([event["row"]]))
        if kind == "invert":
            former = self.all(noted(event, "of"), f"{step}.")
            return np.setdiff1d(np.arange(len(self._table)), former.rows)
        return self._searched(event, scope, step)

    def _drawn(self, event: Event) -> np.ndarray:
        name = noted(event, "map")
        if self._positions is None:
            raise UnusableError(f"the positions of the map {name!r} are not at hand")
        # Images that were added since lie behind, and were not there to be drawn around.
        positions = self._positions(name)[: event.get("points")]
        if places_digest(positions) != noted(event, "places"):
            raise UnusableError(f"the map {name!r} was redone since, so its points lie elsewhere")
        if "plane" in event:
            positions = positions @ np.asarray(event["plane"], dtype=np.float64).T
        return rows_in_polygon(positions, np.asarray(event["polygon"], dtype=np.float64))

    def _of_category(self, event: Event) -> np.ndarray:
        colours = self._colours(event["column"], event)
        if "stands_for" in event:
            return colours.rows(_level(colours, event["stands_for"]))
        # Before that was noted, only what the screen said was, which may be a given name.
        names = [level.name for level in colours.levels if level.listed]
        if names.count(event["value"]) != 1:
            raise UnusableError(
                f"it does not say which value of {event['column']} {event['value']!r} stood for"
            )
        return colours.rows([level.name for level in colours.levels].index(event["value"]))

    def _searched(self, event: Event, scope: np.ndarray, step: str) -> np.ndarray:
        if self._search is None:
            raise UnusableError("what it searched in is not at hand")
        found = self._search(event, scope, lambda history: self.all(history, f"{step}."))
        return self._existing(np.asarray(found, dtype=np.int64))

    def _shown(self, event: Event) -> np.ndarray:
        """Return which rows were neither hidden nor faded."""
        shown = event.get("shown")
        if shown is None:
            return np.ones(len(self._table), dtype=bool)
        colours = self._colours(shown["column"], event)
        off = [_level(colours, value) for value in noted(shown, "hidden")]
        if "limits" in shown:
            if shown["limits"] != (colours.limits and list(colours.limits)):
                raise UnusableError(f"the scale of {shown['column']} has other limits now")
            off += shown["hidden_steps"]
        return ~np.isin(colours.codes, off)

    def _colours(self, column: str, event: Event) -> Colours:
        table = self._beside([column], event)
        if column not in table:
            raise UnusableError(f"there is no column {column!r} any more")
        return table_colours(table, column)

    def _beside(self, columns: Iterable[str], event: Event) -> pd.DataFrame:
        """Return the table beside those of `columns` that are of cohorts which a step names."""
        rows_of, named = self._cohort_rows, event.get(NAMED, {})
        if rows_of is None:
            return self._table
        return with_cohorts(self._table, columns, lambda name: rows_of(name, named.get(name)))

    def _existing(self, rows: np.ndarray) -> np.ndarray:
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(self._table)):
            raise UnusableError(
                f"it is of more than the {len(self._table):,} images that there are"
            )
        return rows


class _StepError(CaeError):
    """A sentence that says already which step it is about."""


def _problem(step: str, event: object, why: str) -> _StepError:
    kind = event.get("kind", "unknown") if isinstance(event, dict) else "unknown"
    return _StepError(f"Step {step} of the selection ({kind}) cannot be replayed: {why}.")


def noted(event: Event, name: str) -> Any:
    """Return a detail of a step.

    Raises:
        UnusableError: it was not noted.
    """
    if name not in event:
        raise UnusableError(
            f"it was noted without its {name!r}, by a version that did not keep that"
        )
    return event[name]


def _is_left_out(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_is_left_out, value.values() if isinstance(value, dict) else value))
    return bool(value == LEFT_OUT)


def _queries(filters: list[str] | dict[str, Any]) -> tuple[str, ...]:
    if not isinstance(filters, dict):
        return tuple(filters)
    chosen, typed = former_queries(filters)
    return (*chosen, typed) if typed else chosen


def _level(colours: Colours, value: str | None) -> int:
    values = [level.value if level.listed else "" for level in colours.levels]
    if value not in values:
        raise UnusableError(f"no image has {colours.title} {value} any more")
    return values.index(value)
