"""What the browser is told of a map beside its points, as values of JSON."""

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np

from cae.columns.colours import SCALE, SCALE_LEVELS, Colours, rgb
from pages.components.kit.component import protocol
from pages.components.map.map_look import MapAbilities, MapLook
from pages.components.map.map_marks import MapMarks, MapPath
from pages.components.map.map_pictures import MapPictures
from pages.components.map.map_points import MapPoints

_ACTIONS = protocol("map")["actions"]
_MOST_NAMES = 40


def map_header(
    points: MapPoints,
    colours: Colours,
    marks: MapMarks,
    key: str,
    look: MapLook,
    abilities: MapAbilities,
    pictures: MapPictures | None,
) -> dict[str, Any]:
    """Return what the browser is told of a map, with a stamp that is another when it changes.

    Args:
        points: the points.
        colours: a level for each point.
        marks: what is marked.
        key: names this map in the session.
        look: how it looks.
        abilities: what can be done.
        pictures: the images behind the points.
    """
    selected = len(marks.selected)
    header = {
        "key": key,
        "points": points.digest,
        "images": points.images,
        "colours": colours.digest,
        "title": colours.title,
        "levels": [{"name": level.name, "listed": level.listed} for level in colours.levels],
        "palette": [v for level in colours.levels for v in (*rgb(level.colour), 255)],
        "names": list(_names(points, colours)) if colours.named else [],
        "scale": _scale(colours),
        "selected": selected,
        "focus": marks.focus,
        "path": None if marks.path is None else _plain(marks.path),
        "hint": look.hint,
        "height": look.height,
        "description": (
            f"Map of {len(points.positions):,} images coloured by {colours.title}; "
            f"{selected:,} selected."
        ),
        "tools": list(look.tools),
        "categoryAction": look.category_action,
        "pictures": "" if pictures is None else pictures.state,
        "details": [] if pictures is None else list(pictures.titles),
        "possible": _possible(selected, abilities),
        "renameable": list(range(len(colours.levels) - 1)) if abilities.rename else [],
        "pair": look.pair,
    }
    return {**header, "stamp": _stamp(header, marks.states(len(points.positions)))}


def _scale(colours: Colours) -> dict[str, Any] | None:
    if colours.values is None or not np.isfinite(colours.values).any():
        return None
    low, high = float(np.nanmin(colours.values)), float(np.nanmax(colours.values))
    return {"low": low, "high": high, "colours": SCALE, "steps": SCALE_LEVELS}


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


def _possible(selected: int, abilities: MapAbilities) -> list[str]:
    """Return which of the map's actions would change something."""
    might = {
        "all": True,
        "invert": True,
        "clear": selected > 0,
        "undo": abilities.undo,
        "redo": abilities.redo,
    }
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
