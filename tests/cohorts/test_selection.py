import json

import numpy as np
import pytest
import shapely

from cae.cohorts.selection import Selection, rows_in_polygon
from cae.errors import CaeError


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", {"kind": "ids"})


def crossing_number(point, polygon) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


@pytest.mark.parametrize(
    ("combine", "expected"),
    [
        ("replace", {2, 9}),
        ("add", {1, 2, 3, 9}),
        ("remove", {1, 3}),
        ("intersect", {2}),
    ],
)
def test_combinations_agree_with_sets(combine, expected):
    combined = chosen(3, 1, 2).combine(np.array([9, 2, 9]), combine, {"kind": "box"})
    assert combined.rows.tolist() == sorted(expected)
    assert combined.rows.dtype == np.int64
    assert combined.history[-1] == {"kind": "box", "combine": combine, "count": len(expected)}


def test_history_is_kept_until_replaced():
    added = chosen(1).combine(np.array([2]), "add", {"kind": "click"})
    assert [event["kind"] for event in added.history] == ["ids", "click"]
    assert [event["count"] for event in added.history] == [1, 2]
    replaced = added.combine(np.array([5]), "replace", {"kind": "cluster", "cluster": 3})
    assert [event["kind"] for event in replaced.history] == ["cluster"]


def test_combining_with_nothing():
    none = np.array([])
    assert len(chosen(1, 2).combine(none, "replace", {"kind": "lasso"})) == 0
    assert chosen(1, 2).combine(none, "add", {"kind": "lasso"}).rows.tolist() == [1, 2]


def test_unknown_combination_is_refused():
    with pytest.raises(CaeError, match="xor"):
        chosen(1).combine(np.array([1]), "xor", {"kind": "ids"})


def test_json_round_trip_with_numpy_details():
    event = {"kind": "lasso", "polygon": np.array([[0.5, 1], [2, np.nan]]), "n": np.int64(3)}
    selection = chosen(7).combine(np.array([1_000_000, 0, 5]), "add", event)
    back = Selection.from_json(selection.to_json())
    assert back == selection
    assert back.rows.dtype == np.int64
    assert back.history[-1]["polygon"] == [[0.5, 1.0], [2.0, None]]
    assert Selection.from_json(Selection.empty().to_json()) == Selection.empty()


def test_million_rows_stay_small():
    rows = np.random.default_rng(0).permutation(2_000_000)[:1_000_000]
    selection = Selection.empty().combine(rows, "replace", {"kind": "filter"})
    text = selection.to_json()
    assert len(text) < 1_500_000
    assert np.array_equal(Selection.from_json(text).rows, np.sort(rows))


@pytest.mark.parametrize("text", ["", "[]", '{"rows": "x", "history": []}', '{"rows": "AAAA"}'])
def test_damaged_json_is_a_sentence(text):
    with pytest.raises(CaeError):
        Selection.from_json(text)


def test_damaged_rows_are_a_sentence():
    content = json.loads(chosen(1, 2, 3).to_json())
    content["rows"] = content["rows"][:8]
    with pytest.raises(CaeError, match="damaged"):
        Selection.from_json(json.dumps(content))


@pytest.mark.parametrize("seed", range(5))
def test_polygon_agrees_with_shapely(seed):
    random = np.random.default_rng(seed)
    angles = np.sort(random.uniform(0, 2 * np.pi, 40))
    radius = random.uniform(0.3, 1.0, 40)[:, None]
    polygon = np.c_[np.cos(angles), np.sin(angles)] * radius
    xy = random.uniform(-1.1, 1.1, (4000, 2)).astype(np.float32)
    inside = shapely.contains_xy(shapely.Polygon(polygon), xy[:, 0], xy[:, 1])
    rows = rows_in_polygon(xy, polygon)
    assert np.array_equal(rows, np.flatnonzero(inside))
    assert rows.dtype == np.int64


def test_self_crossing_lasso_follows_even_odd_rule():
    random = np.random.default_rng(1)
    polygon = random.uniform(-1, 1, (13, 2))
    xy = random.uniform(-1, 1, (3000, 2))
    expected = [row for row, point in enumerate(xy) if crossing_number(point, polygon)]
    assert rows_in_polygon(xy, polygon).tolist() == expected
    star = [[0, 1], [0.6, -0.8], [-0.95, 0.3], [0.95, 0.3], [-0.6, -0.8]]
    assert rows_in_polygon(np.zeros((1, 2)), star).size == 0


def test_closing_corner_and_direction_do_not_matter():
    square = np.array([[0, 0], [2, 0], [2, 1], [0, 1]])
    xy = np.random.default_rng(2).uniform(-1, 3, (500, 2))
    expected = np.flatnonzero((xy > 0).all(axis=1) & (xy[:, 0] < 2) & (xy[:, 1] < 1))
    for polygon in (square, square[::-1], np.r_[square, square[:1]]):
        assert np.array_equal(rows_in_polygon(xy, polygon), expected)


@pytest.mark.parametrize("polygon", [[], [[0, 0]], [[0, 0], [1, 1]], [[1, 1]] * 4])
def test_polygon_without_area_holds_nothing(polygon):
    assert rows_in_polygon(np.full((3, 2), 0.5), polygon).size == 0


def test_points_without_position_are_outside():
    xy = np.array([[0.5, 0.5], [np.nan, 0.5], [0.5, np.inf]])
    assert rows_in_polygon(xy, [[0, 0], [1, 0], [1, 1], [0, 1]]).tolist() == [0]
    assert rows_in_polygon(np.empty((0, 2)), [[0, 0], [1, 0], [1, 1]]).size == 0


def test_polygon_without_position_is_refused():
    with pytest.raises(CaeError, match="draw it again"):
        rows_in_polygon(np.zeros((1, 2)), [[0, 0], [1, np.nan], [1, 1]])
