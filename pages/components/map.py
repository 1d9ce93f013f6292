"""The map: a component that shows points and reports what the user draws around.

Positions, colours and selection go to it as binary messages; it answers with polygons, and
Python works out which rows lie in them. The points themselves travel apart from the rest, so
that a rerun sends only what changed.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.components.blob import pack
from pages.components.colours import SCALE, Colours, rgb

_FRONTEND = Path(__file__).parent / "frontend"
_SELECTED, _IN_SCOPE = 1, 2
_MOST_NAMES = 40
DRAWING = ("lasso", "box", "pan")
MOVING = ("pan",)


def _source(*names: str) -> str:
    return "\n".join((_FRONTEND / name).read_text("utf-8") for name in names)


_points = st.components.v2.component(
    "cae_map_points",
    js=_source("blob.js", "grid.js", "points.js")
    + "\nexport default function ({ data }) {"
    + "\n  const message = unpack(data);"
    + "\n  pointsEntry(message.header.digest).resolve(decodePoints(message));"
    + "\n}",
    isolate_styles=False,
)
_map = st.components.v2.component(
    "cae_map",
    html=_source("map.html"),
    css=_source("map.css"),
    js=_source("blob.js", "grid.js", "points.js", "renderer.js", "frames.js", "map.js"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class MapEvent:
    """What the user did on the map.

    Attributes:
        kind: lasso, box, click, category (in the legend) or clear.
        combine: replace, add or remove: what it is to do to the selection.
        polygon: corners (P, 2) of lasso and box in the map's coordinates, else None.
        row: the clicked row, else None.
        level: the pressed level of the map's `Colours`, else None.
    """

    kind: str
    combine: str
    polygon: np.ndarray | None = None
    row: int | None = None
    level: int | None = None


@dataclass(frozen=True, eq=False)
class HoverField:
    """A line of the hover card: a title, and per row (uint16) which of `names` it says."""

    title: str
    names: Sequence[str]
    codes: np.ndarray


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The points of a map: float32 positions (N, 2), an id each, and what hovering tells."""

    xy: np.ndarray
    ids: Sequence[str]
    fields: tuple[HoverField, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Hash of positions, ids and fields."""
        return hashlib.blake2b(self._packed(""), digest_size=8).hexdigest()

    @cached_property
    def message(self) -> bytes:
        """What the browser needs once."""
        return self._packed(self.digest)

    def _packed(self, digest: str) -> bytes:
        ids = "\n".join(str(name).replace("\n", " ") for name in self.ids).encode()
        header = {
            "digest": digest,
            "count": len(self.xy),
            "fields": [{"title": f.title, "names": list(f.names)} for f in self.fields],
        }
        arrays = {"xy": self.xy.astype(np.float32, copy=False).ravel()}
        arrays["ids"] = np.frombuffer(ids, dtype=np.uint8)
        for number, field in enumerate(self.fields):
            arrays[f"field{number}"] = field.codes.astype(np.uint16, copy=False)
        return pack(header, arrays)


@dataclass(frozen=True, eq=False)
class MapPath:
    """A line over the map: corners (M, 2), and anchors as (label, x, y).

    `film` names the film whose present frame is marked on the line, see
    `pages.components.film`.
    """

    line: np.ndarray
    anchors: Sequence[tuple[str, float, float]] = ()
    film: str = ""


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
        tools: `DRAWING`, or `MOVING` where only clicks are of use.
        category_action: what pressing a category in the legend does; ``{}`` is its name.
        on_event: called with the event before the page runs again, so that the page already
            shows what follows from it.
    """
    if in_scope is None:
        in_scope = np.ones(len(points.xy), dtype=bool)
    states = np.where(in_scope, _IN_SCOPE, 0).astype(np.uint8)
    states[selected] |= _SELECTED
    header = _header(points, colours, len(selected), key, focus, path, hint, height)
    header["tools"] = list(tools)
    header["categoryAction"] = category_action
    header["stamp"] = _stamp(header, colours, states)
    # What was drawn around nothing is answered too, so that its outline goes.
    header["answered"] = st.session_state.get(f"{key} handled")
    arrays = {"levels": colours.codes, "states": states}
    if colours.values is not None:
        arrays["values"] = colours.values

    def receive() -> None:
        event = _unseen(key)
        if event is not None and event.kind == "missing":
            _sent().discard(points.digest)
            return
        if event is not None and on_event is not None:
            on_event(event)
        st.session_state[f"{key} event"] = event

    with st.container(gap=None):
        place = st.container()
        if points.digest not in _sent():
            _sent().add(points.digest)
            with place:
                _points(data=points.message, key=f"{key} points")
        _map(data=pack(header, arrays), key=key, on_event_change=receive)
    return st.session_state.pop(f"{key} event", None)


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
        scale = {"low": low, "high": high, "colours": SCALE}
    return {
        "key": key,
        "points": points.digest,
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
            f"Map of {len(points.xy):,} images coloured by {colours.title}; {selected:,} selected."
        ),
    }


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
            x, y = np.median(points.xy[rows], axis=0)
            found.append({"name": colours.levels[level].name, "x": float(x), "y": float(y)})
    return tuple(found)


def _plain(path: MapPath) -> dict[str, Any]:
    anchors = [{"label": label, "x": float(x), "y": float(y)} for label, x, y in path.anchors]
    return {
        "line": np.asarray(path.line, dtype=float).tolist(),
        "anchors": anchors,
        "film": path.film,
    }


def _stamp(header: dict[str, Any], colours: Colours, states: np.ndarray) -> str:
    digest = hashlib.blake2b(repr(header).encode(), digest_size=8)
    digest.update(colours.codes.tobytes())
    digest.update(states.tobytes())
    return digest.hexdigest()


def _sent() -> set[str]:
    """Return the digests of the points that the browser has; it says when one is missing."""
    return st.session_state.setdefault("cae map points", set())


def _unseen(key: str) -> MapEvent | None:
    """Return the event that the map has sent, unless it was handled before."""
    sent = st.session_state[key].get("event")
    if not sent or sent["id"] == st.session_state.get(f"{key} handled"):
        return None
    st.session_state[f"{key} handled"] = sent["id"]
    polygon = sent.get("polygon")
    return MapEvent(
        kind=sent["kind"],
        combine=sent["combine"],
        polygon=None if polygon is None else np.asarray(polygon, dtype=np.float64),
        row=sent.get("row"),
        level=sent.get("level"),
    )
