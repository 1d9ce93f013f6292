"""What is marked on a map: what is selected, what the filters let through, a path."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages.components.kit.component import protocol

_STATES = protocol("map")["states"]
SELECTED, IN_SCOPE = _STATES["selected"], _STATES["inScope"]


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


@dataclass(frozen=True, eq=False)
class MapMarks:
    """What tells some points of a map from others.

    Attributes:
        selected: rows shown in colour while all others are grey; empty shows all in colour.
        in_scope: bool (N,); points outside are faint and cannot be picked. None is all.
        focus: a row to put a ring around.
        path: a line drawn over the points.
    """

    selected: np.ndarray
    in_scope: np.ndarray | None = None
    focus: int | None = None
    path: MapPath | None = None

    def states(self, count: int) -> np.ndarray:
        """Return uint8 (N,): the bits of the protocol for each of so many points."""
        in_scope = np.ones(count, dtype=bool) if self.in_scope is None else self.in_scope
        states = np.where(in_scope, IN_SCOPE, 0).astype(np.uint8)
        states[self.selected] |= SELECTED
        return states
