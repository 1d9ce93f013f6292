import json

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.picking import MapEvent, selection_after
from cae.cohorts.replay import replay
from cae.cohorts.selection import LEFT_OUT, Selection
from cae.columns.colours import table_colours
from cae.columns.filters import in_scope
from cae.errors import CaeError

COUNT = 400
RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": np.where(RANDOM.random(COUNT) < 0.1, np.nan, RANDOM.normal(60, 9, COUNT)),
        "label": RANDOM.choice(["a", "b", "missing", None], COUNT),
        "cluster": RANDOM.integers(-1, 4, COUNT),
    }
)
MAPS = {
    "map": RANDOM.normal(size=(COUNT, 2)).astype(np.float32),
    "pca-3d": RANDOM.normal(size=(COUNT, 3)).astype(np.float32),
}
NAMES = {2: "the blue ones"}


class Person:
    """Does on maps what a person does, and keeps what it leads to."""

    def __init__(self) -> None:
        self.selection = Selection.empty()

    def do(self, event: MapEvent, column: str = "cluster", filters=(), map_name="map") -> None:
        self.selection = selection_after(
            event,
            self.selection,
            MAPS[map_name],
            table_colours(TABLE, column, NAMES),
            column,
            in_scope(TABLE, filters),
            filters,
            map_name,
        )


def polygon(size: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 11)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * size


def saved(selection: Selection) -> tuple:
    """The history as a cohort's database and an export's provenance.json hold it."""
    return tuple(json.loads(json.dumps(selection.history)))


def replayed(history: tuple) -> Selection:
    return replay(history, TABLE, MAPS.__getitem__)


STEPS = {
    "lasso": [(MapEvent("lasso", "replace", polygon=polygon(1)), {})],
    "box of filtered": [
        (
            MapEvent("box", "replace", polygon=polygon(2)),
            {"filters": ["age between 50 and 65 or age is missing", 'label in ("a")']},
        )
    ],
    "in space": [
        (
            MapEvent(
                "lasso",
                "replace",
                polygon=polygon(0.8),
                plane=np.linalg.qr(RANDOM.normal(size=(3, 2)))[0].T,
            ),
            {"map_name": "pca-3d"},
        )
    ],
    "named cluster": [(MapEvent("category", "replace", level=2), {})],
    "unclustered": [(MapEvent("category", "replace", level=4), {})],
    "category called missing": [(MapEvent("category", "replace", level=2), {"column": "label"})],
    "no label": [(MapEvent("category", "replace", level=3), {"column": "label"})],
    "hidden clusters": [(MapEvent("all", "replace", off=(2, 4)), {})],
    "hidden labels": [(MapEvent("all", "replace", off=(1, 3)), {"column": "label"})],
    "part of a scale": [
        (
            MapEvent("lasso", "replace", polygon=polygon(1.5), off=(*range(90), 200, 256)),
            {"column": "age"},
        )
    ],
    "combined": [
        (MapEvent("lasso", "replace", polygon=polygon(1)), {}),
        (MapEvent("category", "intersect", level=1), {}),
        (MapEvent("category", "add", level=0), {"column": "label", "filters": ["age > 55"]}),
        (MapEvent("click", "add", row=17), {}),
        (MapEvent("box", "remove", polygon=polygon(0.3)), {}),
        (MapEvent("invert", "replace"), {"filters": ["age < 70"]}),
        (MapEvent("category", "remove", level=3), {}),
        (MapEvent("invert", "replace"), {}),
        (MapEvent("click", "add", row=3), {}),
    ],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_what_was_done_on_maps_selects_the_same_again(steps):
    person = Person()
    for event, where in steps:
        person.do(event, **where)
    assert 0 < len(person.selection) < COUNT
    found = replayed(saved(person.selection))
    assert found == person.selection
    assert found.rows.dtype == np.int64


def test_a_history_of_nothing():
    assert replayed(()) == Selection.empty()


def test_filters_as_cohorts_held_them_before_are_taken_too():
    former = {"label": {"values": ["a"]}, "(query)": {"expression": "age > 60"}}
    expected = np.flatnonzero((TABLE["label"] == "a") & (TABLE["age"] > 60))
    event = {"kind": "filter", "combine": "replace", "count": len(expected), "filters": former}
    assert replayed((event,)).rows.tolist() == expected.tolist()


def history_of(*steps) -> tuple:
    person = Person()
    for event in steps:
        person.do(event)
    return saved(person.selection)


LASSO = MapEvent("lasso", "replace", polygon=polygon(1))
CATEGORY = MapEvent("category", "add", level=0)


def without(history: tuple, step: int, name: str) -> tuple:
    changed = [dict(event) for event in history]
    del changed[step][name]
    return tuple(changed)


def test_a_map_that_was_redone_is_said():
    moved = {"map": MAPS["map"] + np.float32(1e-3)}
    with pytest.raises(CaeError, match=r"Step 1 of the selection \(lasso\).*'map' was redone"):
        replay(history_of(LASSO, CATEGORY), TABLE, moved.__getitem__)


def test_what_is_not_at_hand_is_said():
    history = history_of(CATEGORY, MapEvent("box", "add", polygon=polygon(1)))
    with pytest.raises(CaeError, match=r"Step 2 .*positions of the map 'map' are not at hand"):
        replay(history, TABLE)
    found = {"kind": "outliers", "score": "knn", "images": 3, "combine": "replace", "count": 3}
    with pytest.raises(CaeError, match=r"Step 1 .*\(outliers\).*is not at hand"):
        replayed((found,))


@pytest.mark.parametrize(
    ("step", "name", "sentence"),
    [
        (0, "map", "Step 1 .*without its 'map'"),
        (0, "places", "Step 1 .*without its 'places'"),
        (0, "polygon", "Step 1 .*damaged"),
        (0, "count", "Step 1 .*damaged"),
        (1, "combine", "Step 2 .*damaged"),
        (1, "column", "Step 2 .*damaged"),
    ],
)
def test_what_was_not_noted_is_said(step, name, sentence):
    with pytest.raises(CaeError, match=sentence):
        replayed(without(history_of(LASSO, CATEGORY), step, name))


def test_what_was_left_out_of_an_export_is_said():
    person = Person()
    person.do(LASSO, filters=['label in ("a")'])
    (event,) = saved(person.selection)
    for left in (
        {**event, "filters": [LEFT_OUT]},
        {"kind": "category", "column": "label", "details": LEFT_OUT, "combine": "add", "count": 3},
    ):
        with pytest.raises(CaeError, match="Step 1 .*may identify a patient and was left out"):
            replayed((left,))


def test_a_given_name_alone_tells_no_cluster():
    known = without(history_of(MapEvent("category", "replace", level=0)), 0, "stands_for")
    assert replayed(known).rows.tolist() == np.flatnonzero(TABLE["cluster"] == 0).tolist()
    given = without(history_of(MapEvent("category", "replace", level=2)), 0, "stands_for")
    with pytest.raises(CaeError, match="which value of cluster 'the blue ones' stood for"):
        replayed(given)


def test_a_table_that_changed_is_said():
    history = history_of(LASSO, CATEGORY)
    with pytest.raises(CaeError, match="Step 2 .*images were selected after it"):
        replay(history, TABLE.assign(cluster=TABLE["cluster"] * 0), MAPS.__getitem__)
    with pytest.raises(CaeError, match="Step 2 .*no image has Cluster 0 any more"):
        replay(history, TABLE.assign(cluster=1), MAPS.__getitem__)
    with pytest.raises(CaeError, match="Step 2 .*no column 'cluster'"):
        replay(history, TABLE.drop(columns="cluster"), MAPS.__getitem__)


def test_a_scale_with_other_limits_is_said():
    person = Person()
    person.do(MapEvent("all", "replace", off=(*range(90),)), column="age")
    older = TABLE.assign(age=TABLE["age"] + 1)
    with pytest.raises(CaeError, match="the scale of age has other limits"):
        replay(saved(person.selection), older)


def test_a_problem_inside_what_was_inverted_names_that_step():
    history = history_of(LASSO, MapEvent("invert", "replace"))
    inner = without(tuple(history[0]["of"]), 0, "map")
    with pytest.raises(CaeError, match=r"Step 1\.1 of the selection \(lasso\)"):
        replayed(({**history[0], "of": list(inner)},))


@pytest.mark.parametrize("event", [{}, {"kind": "click", "row": 400}, {"kind": "ids"}, 3, None])
def test_damaged_steps_are_sentences(event):
    history = (
        ({**event, "combine": "replace", "count": 1},) if isinstance(event, dict) else (event,)
    )
    with pytest.raises(CaeError, match="Step 1 of the selection"):
        replayed(history)
