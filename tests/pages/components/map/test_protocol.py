import numpy as np
import pandas as pd
import pytest

from cae.cohorts.picking import MapEvent, selection_after
from cae.cohorts.selection import Selection
from cae.columns.colours import cluster_colours
from pages.components.kit.component import protocol
from pages.components.map.map_look import DRAWING, LOOKING, MOVING
from pages.components.map.map_marks import IN_SCOPE, SELECTED

PROTOCOL = protocol("map")
XY = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
COLOURS = cluster_colours(pd.Series([0, 0, 1, -1]))
AROUND = np.array([[-1.0, -1.0], [2.0, -1.0], [2.0, 2.0], [-1.0, 2.0]])
PICKS = {
    "lasso": ({"polygon": AROUND}, [0, 1, 2]),
    "box": ({"polygon": AROUND}, [0, 1, 2]),
    "click": ({"row": 3}, [3]),
    "category": ({"level": 0}, [0, 1]),
    "all": ({}, [0, 1, 2, 3]),
    "invert": ({}, [1, 2, 3]),
    "clear": ({}, []),
}
# What the page does with these concerns no rows of the map.
OTHERS = {"rename", "missing", "undo", "redo"}


def test_every_event_of_the_map_is_known():
    words = PROTOCOL["events"] | PROTOCOL["actions"]
    assert set(words) == set(words.values()) == set(PICKS) | OTHERS


@pytest.mark.parametrize("kind", PICKS)
def test_every_event_that_picks_is_understood(kind):
    detail, rows = PICKS[kind]
    event = MapEvent(kind, "replace", **detail)
    before = Selection.empty().combine(np.array([0]), "replace", {"kind": "ids"})
    after = selection_after(event, before, XY, COLOURS, "cluster", np.ones(4, bool), [], "map")
    assert after.rows.tolist() == rows


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("replace", [1, 2]), ("add", [0, 1, 2]), ("remove", [0]), ("intersect", [1])],
)
def test_every_mode_is_understood(mode, expected):
    before = Selection.empty().combine(np.array([0, 1]), "replace", {"kind": "ids"})
    word = PROTOCOL["modes"][mode]
    assert before.combine(np.array([1, 2]), word, {"kind": "ids"}).rows.tolist() == expected


def test_no_mode_and_no_tool_is_left_out():
    assert set(PROTOCOL["modes"]) == {"replace", "add", "remove", "intersect"}
    assert set(PROTOCOL["tools"].values()) == {*DRAWING, *MOVING, *LOOKING}


def test_states_are_bits_of_their_own():
    assert {SELECTED, IN_SCOPE} == {1, 2}
