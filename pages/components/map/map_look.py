"""How a map looks, and what can be done on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pages.components.kit.component import protocol

_TOOLS = protocol("map")["tools"]
DRAWING = (_TOOLS["lasso"], _TOOLS["box"], _TOOLS["pan"])
MOVING = (_TOOLS["pan"],)
LOOKING = (_TOOLS["look"],)


@dataclass(frozen=True)
class MapLook:
    """What a map is beside what it shows.

    Attributes:
        hint: a short sentence at the map's lower edge.
        height: pixels; None fills the window.
        tools: `DRAWING`, `MOVING` where only clicks are of use, or `LOOKING` where nothing is
            picked and a finger says its place instead of moving the map.
        category_action: what pressing a category in the legend does, ``{}`` is its name; empty
            shows only that category, without an event.
        pair: "first" of two maps side by side, whose bar reaches over both, or "second", which
            follows the tools and the legend of the first.
    """

    hint: str = ""
    height: int | None = None
    tools: Sequence[str] = DRAWING
    category_action: str = "Select {}"
    pair: str = ""


@dataclass(frozen=True)
class MapAbilities:
    """What an event of a map would have an effect on.

    Attributes:
        undo: whether there is something to go back to.
        redo: whether something was undone.
        rename: whether the legend lets categories that are named on the map be renamed.
    """

    undo: bool = False
    redo: bool = False
    rename: bool = False


NO_ABILITIES = MapAbilities()
