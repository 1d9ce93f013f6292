"""The map: a component that shows points and reports what the user draws around.

Positions, colours and selection go to it as binary messages; it answers with polygons, and
Python works out which rows lie in them. Points and colours travel apart from the rest, so that a
rerun sends only what changed.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from cae.cohorts.picking import MapEvent, Shown
from cae.columns.colours import SCALE, SCALE_LEVELS, Colours, rgb
from cae.errors import CaeError
from pages.components.kit.blob import pack
from pages.components.kit.component import Component, protocol
from pages.components.kit.events import last_taken, take_event
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.map.map_pictures import MapPictures, picture_feed
from pages.components.map.map_points import MapPoints
from pages.components.map.sent import sent

_PROTOCOL = protocol("map")
_SELECTED, _IN_SCOPE = _PROTOCOL["states"]["selected"], _PROTOCOL["states"]["inScope"]
_TOOLS, _ACTIONS = _PROTOCOL["tools"], _PROTOCOL["actions"]
_MISSING = _PROTOCOL["events"]["missing"]
_MOST_NAMES = 40
DRAWING = (_TOOLS["lasso"], _TOOLS["box"], _TOOLS["pan"])
MOVING = (_TOOLS["pan"],)
LOOKING = (_TOOLS["look"],)

_points = Component("map", "points_feed")
_colours = Component("map", "colours_feed")
_map = Component("map", "map")


@dataclass(frozen=True, eq=False)
class MapPath:
    """A line over the map: corners (M, 2), and anchors as (label, x, y).

    `film` names the film whose present frame is marked on the line, see
    `pages.components.decode.film`. `checked`, (M, 2), is where the images of the steps fall when
    they are encoded again; nothing where that is not shown.
    """

    line: np.ndarray
    anchors: Sequence[tuple[str, float, float]] = ()
    film: str = ""
    checked: np.ndarray | None = None


def latent_map(
    points: MapPoints,
    colours: Colours,
    selected: np.ndarray,
    key: str,
    *,
    in_scope: np.ndarray | None = None,
    focus: int | None = None,
    path: MapPath | None = None,
    hint: str = "",
    height: int | None = None,
    tools: Sequence[str] = DRAWING,
    category_action: str = "Select {}",
    pictures: MapPictures | None = None,
    can_undo: bool = False,
    can_redo: bool = False,
    can_rename: bool = False,
    pair: str = "",
    on_event: Callable[[MapEvent], None] | None = None,
) -> MapEvent | None:
    """Show the map and return what the user has just done on it, once, else None.

    Args:
        points: the points; the map keeps its zoom while they stay the same.
        colours: a level for each point.
        selected: rows shown in colour while all others are grey; empty shows all in colour.
        key: names this map in the session and remembers its zoom and tool.
        in_scope: bool (N,); points outside are faint and cannot be picked. None is all.
        focus: a row to put a ring around.
        path: a line drawn over the points.
        hint: a short sentence at the map's lower edge.
        height: pixels; None fills the window.
        tools: `DRAWING`, `MOVING` where only clicks are of use, or `LOOKING` where nothing is
            picked and a finger says its place instead of moving the map.
        category_action: what pressing a category in the legend does, ``{}`` is its name; empty
            shows only that category, without an event.
        pictures: the images behind the points, for the hover card and on the map itself.
        can_undo: whether an undo event would have something to go back to.
        can_redo: the same of a redo event.
        can_rename: whether the legend lets categories that are named on the map be renamed.
        pair: "first" of two maps side by side, whose bar reaches over both, or "second", which
            follows the tools and the legend of the first.
        on_event: called with the event before the page runs again, so that the page already
            shows what follows from it.
    """
    if in_scope is None:
        in_scope = np.ones(len(points.positions), dtype=bool)
    states = np.where(in_scope, _IN_SCOPE, 0).astype(np.uint8)
    states[selected] |= _SELECTED
    header = _header(points, colours, len(selected), key, focus, path, hint, height)
    header["tools"] = list(tools)
    header["categoryAction"] = category_action
    header["pictures"] = "" if pictures is None else pictures.state
    header["details"] = [] if pictures is None else list(pictures.titles)
    header["possible"] = _possible(len(selected), can_undo, can_redo)
    header["renameable"] = list(range(len(colours.levels) - 1)) if can_rename else []
    header["pair"] = pair
    header["stamp"] = _stamp(header, states)
    # What was drawn around nothing is answered too, so that its outline goes.
    header["answered"] = last_taken(key)

    def receive() -> None:
        event = _unseen(key)
        if event is not None and event.kind == _MISSING:
            sent("points").miss(points.digest)
            sent("colours").miss(colours.digest)
            return
        if event is not None and on_event is not None:
            on_event(event)
        st.session_state[f"{key} event"] = event

    has_points, old_points = sent("points").use(points.digest)
    has_colours, old_colours = sent("colours").use(colours.digest)
    header["dropped"] = {"points": old_points, "colours": old_colours}
    with st.container(gap=None):
        place = st.container()
        if not has_points:
            with place:
                _points(data=points.message, key=f"{key} points")
        place = st.container()
        if not has_colours:
            with place:
                _colours(data=_colours_message(colours), key=f"{key} colours")
        _map(data=pack(header, {"states": states}), key=key, on_event_change=receive)
        if pictures is not None:
            picture_feed(pictures, points.images, f"{key} pictures")
    event: MapEvent | None = st.session_state.pop(f"{key} event", None)
    return event


def still_fits(event: MapEvent, points: MapPoints, colours: Colours) -> bool:
    """Whether an event was done on the map as it is now; where it was not, that is said.

    It is said in a toast, as a message on the page would move the map under the pointer.
    """
    try:
        event.check(points.shown_in(colours))
    except CaeError as error:
        st.toast(plain_markdown(str(error)), icon=":material/refresh:", duration="long")
        return False
    return True


def _header(
    points: MapPoints,
    colours: Colours,
    selected: int,
    key: str,
    focus: int | None,
    path: MapPath | None,
    hint: str,
    height: int | None,
) -> dict[str, Any]:
    scale = None
    if colours.values is not None and np.isfinite(colours.values).any():
        low, high = float(np.nanmin(colours.values)), float(np.nanmax(colours.values))
        scale = {"low": low, "high": high, "colours": SCALE, "steps": SCALE_LEVELS}
    return {
        "key": key,
        "points": points.digest,
        "images": points.images,
        "colours": colours.digest,
        "title": colours.title,
        "levels": [{"name": level.name, "listed": level.listed} for level in colours.levels],
        "palette": [v for level in colours.levels for v in (*rgb(level.colour), 255)],
        "names": list(_names(points, colours)) if colours.named else [],
        "scale": scale,
        "selected": selected,
        "focus": focus,
        "path": None if path is None else _plain(path),
        "hint": hint,
        "height": height,
        "description": (
            f"Map of {len(points.positions):,} images coloured by {colours.title}; "
            f"{selected:,} selected."
        ),
    }


def _colours_message(colours: Colours) -> bytes:
    """Return what the browser needs once of the colours."""
    arrays = {"levels": colours.codes}
    if colours.values is not None:
        arrays["values"] = colours.values
    return pack({"digest": colours.digest}, arrays)


@lru_cache(maxsize=8)
def _names(points: MapPoints, colours: Colours) -> tuple[dict[str, Any], ...]:
    """Place each category's name at the median of its points, largest first; not too many."""
    listed = range(len(colours.levels) - 1)
    if len(listed) > _MOST_NAMES:
        return ()
    members = [(level, colours.rows(level)) for level in listed]
    found = []
    for level, rows in sorted(members, key=lambda member: -len(member[1])):
        if len(rows):
            place = np.median(points.positions[rows], axis=0).tolist()
            found.append({"name": colours.levels[level].name, "level": level, "place": place})
    return tuple(found)


def _possible(selected: int, can_undo: bool, can_redo: bool) -> list[str]:
    """Return which of the map's actions would change something."""
    might = {"all": True, "invert": True, "clear": selected > 0, "undo": can_undo, "redo": can_redo}
    return [_ACTIONS[action] for action, would in might.items() if would]


def _plain(path: MapPath) -> dict[str, Any]:
    anchors = [{"label": label, "x": float(x), "y": float(y)} for label, x, y in path.anchors]
    return {
        "line": np.asarray(path.line, dtype=float).tolist(),
        "anchors": anchors,
        "film": path.film,
        "checked": [] if path.checked is None else np.asarray(path.checked, dtype=float).tolist(),
    }


def _stamp(header: dict[str, Any], states: np.ndarray) -> str:
    digest = hashlib.blake2b(repr(header).encode(), digest_size=8)
    digest.update(states.tobytes())
    return digest.hexdigest()


def _unseen(key: str) -> MapEvent | None:
    """Return the event that the map has sent, unless it was taken before."""
    sent = take_event(key, "event")
    if sent is None:
        return None
    polygon, plane, shown = sent.get("polygon"), sent["plane"], sent["shown"]
    return MapEvent(
        kind=sent["kind"],
        combine=sent["combine"],
        polygon=None if polygon is None else np.asarray(polygon, dtype=np.float64),
        row=sent.get("row"),
        level=sent.get("level"),
        name=sent.get("name"),
        off=tuple(sent["off"]),
        plane=None if plane is None else np.reshape(plane, (2, 3)),
        shown=None if shown is None else Shown(**shown),
    )
