import numpy as np
import pandas as pd
import pytest

from cae.cohorts.picking import (
    MapEvent,
    Shown,
    history_in_words,
    places_digest,
    selection_after,
)
from cae.cohorts.selection import Selection
from cae.columns.colours import cluster_colours, scale_colours
from cae.errors import CaeError

XY = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
COLOURS = cluster_colours(pd.Series([0, 0, 1, -1]))
SQUARE = np.array([[-1.0, -1.0], [2.0, -1.0], [2.0, 2.0], [-1.0, 2.0]])
ALL = np.ones(4, dtype=bool)


def after(event, selection=None, in_scope=ALL, filters=None):
    selection = selection or Selection.empty()
    return selection_after(event, selection, XY, COLOURS, "cluster", in_scope, filters or [], "map")


def test_a_lasso_takes_the_points_inside_and_notes_its_outline():
    found = after(MapEvent("lasso", "replace", polygon=SQUARE))
    assert found.rows.tolist() == [0, 1, 2]
    assert found.history[0]["polygon"] == SQUARE.tolist()
    assert "filters" not in found.history[0]


def test_rows_out_of_scope_cannot_be_picked():
    filters = ["age between 1 and 2"]
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
    assert history_in_words(found) == "2 steps" + 4 * ", plus one image"


def test_no_history_has_no_words():
    assert history_in_words(Selection.empty()) == ""


def test_inverting_keeps_what_was_inverted_in_its_history():
    found = after(MapEvent("category", "replace", level=0))
    found = after(MapEvent("invert", "add"), found)
    assert found.rows.tolist() == [2, 3]
    assert history_in_words(found) == "All but (Cluster 0)"
    assert after(MapEvent("invert", "replace"), found).rows.tolist() == [0, 1]
    assert history_in_words(after(MapEvent("invert", "replace"))) == "All"


def test_all_and_invert_leave_alone_what_is_out_of_scope_or_hidden():
    scope = np.array([True, True, False, True])
    hidden = MapEvent("all", "remove", off=(2,))
    found = after(hidden, in_scope=scope)
    assert found.rows.tolist() == [0, 1]
    assert found.history[0]["shown"] == {
        "column": "cluster",
        "values": ["Cluster 0", "Cluster 1"],
        "hidden": ["-1"],
    }
    assert after(MapEvent("invert", "replace", off=(2,)), found).rows.tolist() == [2]


def test_a_lasso_takes_no_hidden_points():
    found = after(MapEvent("lasso", "replace", polygon=SQUARE, off=(0,)))
    assert found.rows.tolist() == [2]


def test_the_range_of_a_scale_is_noted():
    colours = scale_colours("Age", pd.Series([0.0, 10.0, 20.0, None]))
    event = MapEvent("all", "replace", off=(*range(100), 256))
    found = selection_after(event, Selection.empty(), XY, colours, "age", ALL, [], "map")
    assert found.rows.tolist() == [1, 2]
    assert found.history[0]["shown"] == {
        "column": "age",
        "values": [],
        "hidden": [None],
        "hidden_steps": list(range(100)),
        "limits": [0.0, 20.0],
        "low": 10.0,
        "high": 20.0,
    }


def test_a_lasso_in_space_is_taken_as_the_screen_showed_it():
    points = np.concatenate([XY, [[9.0]] * 4], axis=1)[:, [2, 0, 1]]
    plane = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    event = MapEvent("lasso", "replace", polygon=SQUARE, plane=plane)
    found = selection_after(event, Selection.empty(), points, COLOURS, "cluster", ALL, [], "pca-3d")
    assert found.rows.tolist() == [0, 1, 2]
    assert found.history[0]["map"] == "pca-3d"
    assert found.history[0]["places"] == places_digest(points) != places_digest(XY)
    assert found.history[0]["plane"] == plane.tolist()
    assert Selection.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("event", "other", "sentence"),
    [
        ({"polygon": SQUARE}, {"places": "q"}, "drawn anew"),
        ({"polygon": SQUARE}, {"images": "j"}, "other images"),
        ({"polygon": SQUARE}, {"colours": "d"}, None),
        ({"polygon": SQUARE, "off": (1,)}, {"colours": "d"}, "colours of the map have changed"),
        ({"level": 0}, {"colours": "d"}, "colours of the map have changed"),
        ({"level": 0}, {"places": "q"}, None),
        ({"row": 3}, {"places": "q", "colours": "d"}, None),
        ({"row": 3}, {"images": "j"}, "other images"),
        ({"polygon": SQUARE, "level": 0, "row": 3, "off": (1,)}, {}, None),
    ],
)
def test_what_was_done_on_another_map_is_refused(event, other, sentence):
    then = {"images": "i", "places": "p", "colours": "c"}
    done = MapEvent("lasso", "replace", shown=Shown(**then), **event)
    if sentence is None:
        done.check(Shown(**then | other))
    else:
        with pytest.raises(CaeError, match=sentence):
            done.check(Shown(**then | other))


def test_what_was_done_beside_a_map_fits_any():
    MapEvent("category", "replace", level=0).check(Shown("i", "p", "c"))
