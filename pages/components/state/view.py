"""What one person looks at, as one value, and how an address says it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from cae.columns.filters import apart, former_queries, together
from cae.decoding.spread import DRAWS
from cae.errors import CaeError
from cae.seed import HIGHEST_SEED

ANCHORS = tuple("abcdefghijkl")
CORNERS = ANCHORS[:4]
SMALLEST_TILE, USUAL_TILE, LARGEST_TILE = 56, 88, 240
COLUMN = "column:"
# How the name of a direction begins that was saved with the study.
SAVED_DIRECTION = "saved: "
# What groups of the page Compare are called in the address.
SELECTION, COHORT = "selection", "cohort:"
LARGEST_SUPPRESSED = 1_000
# Images drawn together have this seed and those behind it.
LARGEST_NOISE = HIGHEST_SEED - DRAWS


class Order(NamedTuple):
    """What a gallery is sorted by, and whether descending.

    `by` is empty for the order of the set, and `COLUMN` with its name for that of a column. It
    never begins with a minus, which an address writes before what is descending.
    """

    by: str = ""
    descending: bool = False


class Point(NamedTuple):
    """A pixel of an image: the image's row, then column and row of the pixel."""

    image: int
    x: int
    y: int


@dataclass(frozen=True)
class View:
    """What one person looks at; a text that is empty stands for the default.

    Attributes:
        study: name of the study.
        images: a mark of the images that rows and selection are of; empty where there are none of
            them, or nobody noted it.
        selection: token of the selection, which the study keeps.
        colour: column that the map is coloured by.
        filters: queries, each about one column as a rule, that all hold in scope; none is an
            ``and``.
        query: a query as it was typed, that holds in scope as well.
        map: name of the projection that the map shows.
        beside: name of the projection beside it.
        card: columns that the map's hover card tells besides cluster and label.
        find: what is being found beside the map, empty where the selection is shown.
        sort: order of the gallery.
        like: row of the image that the gallery can be sorted by similarity to.
        page: number of the gallery's page, 1 or above.
        found: number of the page of what is found, likewise.
        tile: width of an image in the gallery, 56 to 240 pixels.
        image: row of the image whose details are shown.
        anchors: row of each of `ANCHORS`, None where it is not set; the last one is set.
        decode: what is decoded.
        steps: of decoded paths.
        path: kind of decoded paths.
        between: groups whose averages a path joins, as `image_groups` keys them; none where it
            joins images.
        loop: whether a path leads back to its beginning.
        check: whether the images of a path are encoded again.
        side: steps along an edge of the grid.
        corners: row of each of the grid's `CORNERS`, None where they were not chosen.
        direction: name of the direction.
        upwards: name of the direction that a plane has upwards.
        morph: whether all selected images are changed along the direction.
        drawn: what decoded images show, a key of `rendering_switch.TITLES`.
        noise: seed of what is invented in them, at most `LARGEST_NOISE`.
        pixels: what the page Local shows.
        point: the chosen pixel of the page Local.
        of: which images the page Local shows.
        group: the group that the page Compare shows first: `SELECTION`, `COHORT` and its id,
            ``cluster:`` and its number, ``label:`` and its value, or ``query:`` and a condition.
        against: the second, likewise, or ``rest``, the default.
        also: further groups of Table 1.
        suppress: counts from 1 to below this are hidden in Table 1 and below survival curves.
        time: column of times to an event.
        event: column that says whether the event occurred.
        occurred: values of it that say so, where a person named them.
        adjust: columns that hazard ratios are adjusted for.
        other: name of the study that the page Agreement compares this one with.
        training: name of the study, or of what is to become one, that Data & training shows.
    """

    study: str = ""
    images: str = ""
    selection: str = ""
    colour: str = ""
    filters: tuple[str, ...] = ()
    query: str = ""
    map: str = ""
    beside: str = ""
    card: tuple[str, ...] = ()
    find: str = ""
    sort: Order = Order()
    like: int | None = None
    page: int = 1
    found: int = 1
    tile: int = USUAL_TILE
    image: int | None = None
    anchors: tuple[int | None, ...] = ()
    decode: str = ""
    steps: int | None = None
    path: str = ""
    between: tuple[str, ...] = ()
    loop: bool = False
    check: bool = False
    side: int | None = None
    corners: tuple[int, int, int, int] | None = None
    direction: str = ""
    upwards: str = ""
    morph: bool = False
    drawn: str = ""
    noise: int = 0
    pixels: str = ""
    point: Point | None = None
    of: str = ""
    group: str = ""
    against: str = ""
    also: tuple[str, ...] = ()
    suppress: int = 0
    time: str = ""
    event: str = ""
    occurred: tuple[str, ...] = ()
    adjust: tuple[str, ...] = ()
    other: str = ""
    training: str = ""

    @property
    def queries(self) -> tuple[str, ...]:
        """All queries that hold in scope, each once: the filters and what was typed."""
        return tuple(dict.fromkeys((*self.filters, self.query) if self.query else self.filters))

    def anchor(self, which: str) -> int | None:
        """Return the row of one of `ANCHORS`, None where it is not set."""
        place = ANCHORS.index(which)
        return self.anchors[place] if place < len(self.anchors) else None

    def with_anchor(self, which: str, row: int | None) -> "View":
        """Return this view with another anchor, or without it."""
        anchors = [self.anchor(other) for other in ANCHORS]
        anchors[ANCHORS.index(which)] = row
        return replace(self, anchors=_trimmed(anchors))

    def without(self, query: str) -> "View":
        """Return this view without one of its `queries`."""
        filters = tuple(one for one in self.filters if one != query)
        return replace(self, filters=filters, query="" if query == self.query else self.query)

    @property
    def has_images(self) -> bool:
        """Whether it names any image, by its row or as selected."""
        return self != self.without_images()

    def without_images(self) -> "View":
        """Return this view without all that is of single images: rows and selection."""
        return replace(self.within(0), selection="")

    def within(self, count: int) -> "View":
        """Return this view without the rows that a study of `count` images lacks."""

        def known(row: int | None) -> int | None:
            return row if row is not None and row < count else None

        has_corners = self.corners is not None and max(self.corners) < count
        has_point = self.point is not None and self.point.image < count
        return replace(
            self,
            like=known(self.like),
            image=known(self.image),
            anchors=_trimmed([known(row) for row in self.anchors]),
            corners=self.corners if has_corners else None,
            point=self.point if has_point else None,
        )


def encode(view: View) -> dict[str, str]:
    """Return the parameters of an address that `decode` reads; defaults are left out."""
    told: dict[str, str] = {}
    for field in fields(view):
        value = getattr(view, field.name)
        if value == field.default:
            continue
        if field.name == "anchors":
            told |= {
                which: str(r) for which, r in zip(ANCHORS, value, strict=False) if r is not None
            }
        else:
            told[field.name] = _WRITERS.get(field.name, str)(value)
    return told


def decode(parameters: Mapping[str, str]) -> View:
    """Return the view that an address says; what cannot be read of it is the default."""
    read: dict[str, Any] = _former_filters(parameters.get("filters", ""))
    for field in fields(View):
        if field.name in parameters and field.name != "anchors":
            read |= _read(field.name, _READERS.get(field.name, str), parameters[field.name])
    anchors = [_read(which, _row, parameters.get(which, "")).get(which) for which in ANCHORS]
    return View(**read, anchors=_trimmed(anchors))


def _read(name: str, reader: Callable[[str], Any], text: str) -> dict[str, Any]:
    try:
        return {name: reader(text)}
    except (ValueError, RecursionError, CaeError):
        return {}


def _former_filters(text: str) -> dict[str, Any]:
    """Return the fields that filters stand for as addresses held them before they were queries."""
    try:
        former = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(former, dict):
        return {}
    filters, query = former_queries(former)
    return {"filters": filters, "query": query}


def _row(text: str) -> int:
    # Rows are int64; what int() takes besides digits is no row.
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def _rows(text: str, count: int) -> tuple[int, ...]:
    rows = tuple(map(_row, text.split(",")))
    if len(rows) != count:
        raise ValueError(text)
    return rows


def _names(text: str) -> tuple[str, ...]:
    names = json.loads(text)
    if not isinstance(names, list):
        raise ValueError(text)
    return tuple(map(str, names))


def _order(text: str) -> Order:
    return Order(text.removeprefix("-"), text.startswith("-"))


def _trimmed(rows: list[int | None]) -> tuple[int | None, ...]:
    """Return rows without those at the end that are not set."""
    while rows and rows[-1] is None:
        rows = rows[:-1]
    return tuple(rows)


_READERS: dict[str, Callable[[str], Any]] = {
    "filters": apart,
    "card": _names,
    "sort": _order,
    "like": _row,
    "page": lambda text: max(_row(text), 1),
    "found": lambda text: max(_row(text), 1),
    "tile": lambda text: min(max(_row(text), SMALLEST_TILE), LARGEST_TILE),
    "image": _row,
    "steps": _row,
    "between": _names,
    "loop": lambda text: bool(_row(text)),
    "check": lambda text: bool(_row(text)),
    "morph": lambda text: bool(_row(text)),
    "side": _row,
    "noise": lambda text: min(_row(text), LARGEST_NOISE),
    "corners": lambda text: _rows(text, len(CORNERS)),
    "point": lambda text: Point(*_rows(text, len(Point._fields))),
    "also": _names,
    "suppress": lambda text: min(_row(text), LARGEST_SUPPRESSED),
    "occurred": _names,
    "adjust": _names,
}
_WRITERS: dict[str, Callable[[Any], str]] = {
    "filters": together,
    "card": json.dumps,
    "sort": lambda order: f"-{order.by}" if order.descending else order.by,
    "between": json.dumps,
    "loop": lambda is_loop: str(int(is_loop)),
    "check": lambda is_checked: str(int(is_checked)),
    "morph": lambda is_morph: str(int(is_morph)),
    "corners": lambda rows: ",".join(map(str, rows)),
    "point": lambda point: ",".join(map(str, point)),
    "also": json.dumps,
    "occurred": json.dumps,
    "adjust": json.dumps,
}
