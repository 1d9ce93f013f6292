"""From what was done on a map to a selection, and a selection's history in words."""

from typing import Any

import numpy as np

from cae.cohorts.selection import Selection, rows_in_polygon
from pages.components.colours import Colours
from pages.components.map import MapEvent

_WORDS = {
    "lasso": "lasso",
    "box": "box",
    "click": "one image",
    "filter": "filter",
    "cluster": "cluster",
    "category": "category",
    "similarity": "neighbours",
    "ids": "ids",
    "cohort": "cohort",
}
_JOINTS = {"replace": "", "add": "plus ", "remove": "without ", "intersect": "only in "}


def selection_after(
    event: MapEvent,
    selection: Selection,
    xy: np.ndarray,
    colours: Colours,
    column: str,
    in_scope: np.ndarray,
    filters: dict[str, Any],
) -> Selection:
    """Return what is selected after `event`; only rows in scope can be picked.

    Args:
        event: a lasso, box, click, category or clear.
        selection: what was selected before.
        xy: positions (N, 2) on the map.
        colours: what the map showed, for a category.
        column: the column that `colours` show.
        in_scope: bool (N,), which rows pass `filters`.
        filters: noted in the history where there are any.
    """
    if event.kind == "clear":
        return Selection.empty()
    if event.kind == "category":
        rows = colours.rows(event.level)
        kind = "cluster" if column == "cluster" else "category"
        detail = {"kind": kind, "column": column, "value": colours.levels[event.level].name}
    elif event.kind == "click":
        rows = np.array([event.row])
        detail = {"kind": "click", "row": event.row}
    else:
        rows = rows_in_polygon(xy, event.polygon)
        detail = {"kind": event.kind, "polygon": event.polygon}
    if filters:
        detail["filters"] = filters
    return selection.combine(rows[in_scope[rows]], event.combine, detail)


def history_in_words(selection: Selection, most: int = 5) -> str:
    """Return how a selection came about, such as "Lasso, plus box, without one image"."""
    steps = [_in_words(event) for event in selection.history]
    if len(steps) > most:
        steps = [f"{len(steps) - most + 1} steps", *steps[-most + 1 :]]
    text = ", ".join(steps)
    return text[:1].upper() + text[1:]


def _in_words(event: dict[str, Any]) -> str:
    word = _WORDS.get(event["kind"], event["kind"])
    if event["kind"] in ("cluster", "category"):
        word = str(event.get("value", word))
    elif event["kind"] == "cohort" and event.get("name"):
        word = f"cohort {event['name']!r}"
    return _JOINTS.get(event["combine"], "") + word
