"""The map: a component that shows points and reports what the user draws around.

Positions, colours and selection go to it as binary messages; it answers with polygons, and
Python works out which rows lie in them. Points and colours travel apart from the rest, so that a
rerun sends only what changed.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cae.cohorts.picking import MapEvent, Shown
from cae.columns.colours import Colours
from cae.errors import CaeError
from pages.components.kit.blob import pack
from pages.components.kit.component import Component, protocol
from pages.components.kit.events import last_taken, take_event
from pages.components.kit.plain_markdown import plain_markdown
from pages.components.map.map_header import map_header
from pages.components.map.map_look import NO_ABILITIES, MapAbilities, MapLook
from pages.components.map.map_marks import MapMarks
from pages.components.map.map_pictures import MapPictures, picture_feed
from pages.components.map.map_points import MapPoints
from pages.components.map.sent import sent

_MISSING = protocol("map")["events"]["missing"]

_points = Component("map", "points_feed")
_colours = Component("map", "colours_feed")
_map = Component("map", "map")


def latent_map(
    points: MapPoints,
    colours: Colours,
    marks: MapMarks,
    key: str,
    look: MapLook,
    *,
    abilities: MapAbilities = NO_ABILITIES,
    pictures: MapPictures | None = None,
    on_event: Callable[[MapEvent], None] | None = None,
) -> None:
    """Show the map.

    Args:
        points: the points; the map keeps its zoom while they stay the same.
        colours: a level for each point.
        marks: what is marked.
        key: names this map in the session and remembers its zoom and tool.
        look: how it looks.
        abilities: what can be done on it.
        pictures: the images behind the points, for the hover card and on the map itself.
        on_event: called with what the user has just done on the map, once, before the page runs
            again, so that the page already shows what follows from it.
    """

    def receive() -> None:
        event = _unseen(key)
        if event is not None and event.kind == _MISSING:
            sent("points").miss(points.digest)
            sent("colours").miss(colours.digest)
        elif event is not None and on_event is not None:
            on_event(event)

    header = map_header(points, colours, marks, key, look, abilities, pictures)
    # What was drawn around nothing is answered too, so that its outline goes.
    header["answered"] = last_taken(key)
    has_points, old_points = sent("points").use(points.digest)
    has_colours, old_colours = sent("colours").use(colours.digest)
    header["dropped"] = {"points": old_points, "colours": old_colours}
    states = marks.states(len(points.positions))
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


def _colours_message(colours: Colours) -> bytes:
    """Return what the browser needs once of the colours."""
    arrays = {"levels": colours.codes}
    if colours.values is not None:
        arrays["values"] = colours.values
    return pack({"digest": colours.digest}, arrays)


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
