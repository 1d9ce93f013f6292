import numpy as np
import pandas as pd

from cae.cohorts.selection import Selection
from pages.components.colours import cluster_colours
from pages.components.map import MapEvent
from pages.components.selecting import history_in_words, selection_after

XY = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
COLOURS = cluster_colours(pd.Series([0, 0, 1, -1]))
SQUARE = np.array([[-1.0, -1.0], [2.0, -1.0], [2.0, 2.0], [-1.0, 2.0]])
ALL = np.ones(4, dtype=bool)


def after(event, selection=None, in_scope=ALL, filters=None):
    selection = selection or Selection.empty()
    return selection_after(event, selection, XY, COLOURS, "cluster", in_scope, filters or {})


def test_a_lasso_takes_the_points_inside_and_notes_its_outline():
    found = after(MapEvent("lasso", "replace", polygon=SQUARE))
    assert found.rows.tolist() == [0, 1, 2]
    assert found.history[0]["polygon"] == SQUARE.tolist()
    assert "filters" not in found.history[0]


def test_rows_out_of_scope_cannot_be_picked():
    filters = {"age": {"low": 1, "high": 2}}
    scope = np.array([True, False, True, True])
    found = after(MapEvent("box", "replace", polygon=SQUARE), in_scope=scope, filters=filters)
    assert found.rows.tolist() == [0, 2]
    assert found.history[0]["filters"] == filters


def test_events_combine_and_are_told_in_words():
    found = after(MapEvent("category", "replace", level=0))
    found = after(MapEvent("click", "add", row=3), found)
    found = after(MapEvent("category", "remove", level=0), found)
    assert found.rows.tolist() == [3]
    assert history_in_words(found) == "Cluster 0, plus one image, without Cluster 0"
    assert not len(after(MapEvent("clear", "replace"), found))


def test_a_long_history_is_shortened():
    found = Selection.empty()
    for row in (0, 1, 2, 3, 0, 1):
        found = after(MapEvent("click", "add", row=row), found)
    words = history_in_words(found, most=3)
    assert words == "4 steps, plus one image, plus one image"


def test_no_history_has_no_words():
    assert history_in_words(Selection.empty()) == ""
