"""From what was done on a map to a selection, and a selection's history in words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cae.cohorts.selection import Selection, rows_in_polygon
from cae.columns.colours import Colours
from cae.columns.titles import CLUSTER
from cae.errors import CaeError

# Of a history in words; earlier ones are counted.
_MOST_STEPS = 5


@dataclass(frozen=True)
class Shown:
    """What a map shows, as hashes that are other ones when it shows something else.

    Attributes:
        images: of the images and their ids.
        places: of where the images lie, see `places_digest`.
        colours: `Colours.digest`.
    """

    images: str
    places: str
    colours: str


@dataclass(frozen=True)
class MapEvent:
    """What the user did on the map.

    Attributes:
        kind: lasso, box, click, category (pressed in the legend), all, invert, clear, undo,
            redo or rename.
        combine: replace, add, remove or intersect: what it is to do to the selection.
        polygon: corners (P, 2) of lasso and box in the map's coordinates, else None.
        row: the clicked row, else None.
        level: the pressed or renamed level of the map's `Colours`, else None.
        name: the new name of a renamed level, else None.
        off: levels that are hidden or faded and cannot be picked.
        plane: of a map in space, the directions (2, 3) that lay right and up on the screen;
            the polygon's coordinates are along these. None on a flat map.
        shown: what the map showed; None where it was not done on a map.
    """

    kind: str
    combine: str
    polygon: np.ndarray | None = None
    row: int | None = None
    level: int | None = None
    name: str | None = None
    off: tuple[int, ...] = ()
    plane: np.ndarray | None = None
    shown: Shown | None = None

    def check(self, now: Shown) -> None:
        """Refuse what was done on a map that has become another one since.

        Args:
            now: what the map shows now.

        Raises:
            CaeError: the event is about other images, its polygon about other places, or its
                levels about other colours.
        """
        if self.shown is None:
            return
        if self.shown.images != now.images:
            raise CaeError("This was done on a map of other images; do it again on this one.")
        if self.polygon is not None and self.shown.places != now.places:
            raise CaeError("The map was drawn anew since it was shown; draw again on this one.")
        has_levels = self.level is not None or len(self.off) > 0
        if has_levels and self.shown.colours != now.colours:
            raise CaeError("The colours of the map have changed since; do it again with these.")

    def flat(self, positions: np.ndarray) -> np.ndarray:
        """Return the map's positions (N, 2 or 3) as (N, 2) in the polygon's coordinates."""
        return positions if self.plane is None else positions @ self.plane.T

    def pickable(self, colours: Colours) -> np.ndarray:
        """Return which points (bool, N) are neither hidden nor faded."""
        return ~np.isin(colours.codes, self.off)


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
    "all": "all",
    "invert": "all",
}
_JOINTS = {"replace": "", "add": "plus ", "remove": "without ", "intersect": "only in "}


def selection_after(
    event: MapEvent,
    selection: Selection,
    positions: np.ndarray,
    colours: Colours,
    column: str,
    in_scope: np.ndarray,
    filters: Sequence[str],
    map_name: str,
) -> Selection:
    """Return what is selected after `event`; only rows in scope and in sight can be picked.

    Args:
        event: a lasso, box, click, category, all, invert or clear.
        selection: what was selected before.
        positions: (N, 2) on the map, or (N, 3) of a map in space.
        colours: what the map showed, for a category and for what was hidden.
        column: the column that `colours` show.
        in_scope: bool (N,), which rows pass `filters`.
        filters: queries, noted in the history where there are any.
        map_name: of the map that `positions` are of.

    Raises:
        CaeError: the event has no level, row or polygon though it needs one, or a polygon has a
            corner that is not finite.
    """
    if event.kind == "clear":
        return Selection.empty()
    pickable = in_scope & event.pickable(colours)
    combine = event.combine
    detail: dict[str, Any] = {"kind": event.kind}
    if event.kind == "all":
        rows, combine = np.arange(len(positions)), "replace"
    elif event.kind == "invert":
        rows, combine = np.setdiff1d(np.arange(len(positions)), selection.rows), "replace"
        detail["of"] = list(selection.history)
    elif event.level is not None:
        rows = colours.rows(event.level)
        level = colours.levels[event.level]
        kind = "cluster" if column == CLUSTER else "category"
        detail = {"kind": kind, "column": column, "value": level.name, "stands_for": level.value}
    elif event.row is not None:
        rows = np.array([event.row])
        detail["row"] = event.row
    elif event.polygon is not None:
        rows = rows_in_polygon(event.flat(positions), event.polygon)
        detail |= {"map": map_name, "places": places_digest(positions), "polygon": event.polygon}
        detail["points"] = len(positions)
        if event.plane is not None:
            detail["plane"] = event.plane
    else:
        raise CaeError(f"The map sent {event.kind!r} without a place; do it again.")
    if filters:
        detail["filters"] = list(filters)
    if event.off:
        detail["shown"] = _shown(event, colours, column)
    return selection.combine(rows[pickable[rows]], combine, detail)


def _shown(event: MapEvent, colours: Colours, column: str) -> dict[str, Any]:
    """Note what of a column was to be seen while the rest was hidden or faded."""
    levels = [level for number, level in enumerate(colours.levels) if number not in event.off]
    hidden = [colours.levels[number] for number in event.off]
    noted: dict[str, Any] = {
        "column": column,
        "values": [level.name for level in levels if level.listed],
        "hidden": [level.value for level in hidden if level.listed],
    }
    if colours.values is not None:
        noted["hidden_steps"] = [step for step in event.off if not colours.levels[step].listed]
        noted["limits"] = colours.limits
        seen = colours.values[event.pickable(colours)]
        if np.isfinite(seen).any():
            noted |= {"low": np.nanmin(seen), "high": np.nanmax(seen)}
    return noted


def places_digest(positions: np.ndarray) -> str:
    """Return a hash of where a map puts the images."""
    places = np.ascontiguousarray(positions, dtype=np.float32)
    return hashlib.blake2b(places.tobytes(), digest_size=8).hexdigest()


def history_in_words(selection: Selection) -> str:
    """Return how a selection came about, such as "Lasso, plus box, without one image"."""
    text = _steps_in_words(selection.history)
    return text[:1].upper() + text[1:]


def _steps_in_words(history: Sequence[dict[str, Any]]) -> str:
    steps = [step_in_words(event) for event in history]
    if len(steps) > _MOST_STEPS:
        steps = [f"{len(steps) - _MOST_STEPS + 1} steps", *steps[-_MOST_STEPS + 1 :]]
    return ", ".join(steps)


def step_in_words(event: dict[str, Any]) -> str:
    """Return one step of a history, such as "without one image"."""
    kind = event.get("kind", "unknown")
    word: str = _WORDS.get(kind, kind)
    if kind in ("cluster", "category"):
        word = str(event.get("value", word))
    elif kind == "cohort" and event.get("name"):
        word = f"cohort {event['name']!r}"
    elif kind == "invert" and event.get("of"):
        word = f"all but ({_steps_in_words(event['of'])})"
    return _JOINTS.get(event.get("combine", ""), "") + word
