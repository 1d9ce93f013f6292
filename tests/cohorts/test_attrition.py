import json

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.account import account
from cae.cohorts.attrition import ALL, attrition
from cae.cohorts.picking import MapEvent, places_digest, selection_after
from cae.cohorts.selection import Selection, rows_in_polygon
from cae.columns.colours import table_colours
from cae.columns.filters import in_scope

COUNT = 300
RANDOM = np.random.default_rng(1)
TABLE = pd.DataFrame(
    {
        "patient": [f"p{row // 3}" for row in range(COUNT)],
        "age": np.where(RANDOM.random(COUNT) < 0.2, np.nan, RANDOM.normal(60, 9, COUNT)),
        "label": RANDOM.choice(["a", "b", "c"], COUNT),
        "cluster": RANDOM.integers(0, 4, COUNT),
    }
)
PLACES = RANDOM.normal(size=(COUNT, 2)).astype(np.float32)
SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])


def after(selection: Selection, event: MapEvent, filters: tuple[str, ...] = ()) -> Selection:
    colours, scope = table_colours(TABLE, "label"), in_scope(TABLE, filters)
    return selection_after(event, selection, PLACES, colours, "label", scope, filters, "map")


def patients(rows: np.ndarray) -> int:
    return TABLE["patient"].iloc[rows].nunique()


@pytest.fixture(scope="module")
def selection() -> Selection:
    """Two filters and a lasso while c was hidden, then some added, taken away and kept."""
    found = after(
        Selection.empty(),
        MapEvent("lasso", "replace", polygon=SQUARE, off=(2,)),
        ("age > 50", "cluster in (0, 1, 2)"),
    )
    found = after(found, MapEvent("box", "add", polygon=SQUARE + 0.8))
    found = after(found, MapEvent("click", "remove", row=int(found.rows[4])))
    return after(found, MapEvent("lasso", "intersect", polygon=SQUARE * 1.5), ("age < 75",))


def test_every_filter_outline_and_exclusion_has_its_counts(selection):
    """Against sets of rows that are worked out one by one."""
    found = attrition(json.loads(json.dumps(selection.history)), TABLE, lambda name: PLACES)
    everything = set(range(COUNT))
    age = TABLE["age"].to_numpy()
    aged = set(np.flatnonzero(age > 50))
    clustered = aged & set(np.flatnonzero(TABLE["cluster"] < 3))
    seen = clustered & set(np.flatnonzero(TABLE["label"] != "c"))
    lasso = seen & set(rows_in_polygon(PLACES, SQUARE))
    added = lasso | set(rows_in_polygon(PLACES, SQUARE + 0.8))
    lessened = added - {sorted(added)[4]}
    young = lessened & set(np.flatnonzero(age < 75))
    kept = young & set(rows_in_polygon(PLACES, SQUARE * 1.5))
    sets = [everything, aged, clustered, seen, lasso, added, lessened, young, kept]
    assert [change.left for change in found.changes] == list(map(len, sets))
    assert [change.patients for change in found.changes] == [
        patients(np.array(sorted(rows))) for rows in sets
    ]
    for former, latter, change in zip(sets[:-1], sets[1:], found.changes[1:], strict=True):
        assert (change.out, change.came) == (len(former - latter), len(latter - former))
    missing = len([row for row in lessened if np.isnan(age[row])])
    assert [change.reason for change in found.changes] == [
        ALL,
        f"age > 50 does not hold ({int(np.isnan(age).sum())} without a value)",
        "cluster in (0, 1, 2) does not hold",
        "hidden on the map by label",
        "outside the lasso",
        "box",
        "one image",
        f"age < 75 does not hold ({missing} without a value)",
        "outside the lasso",
    ]
    assert found.changes[-1].left == len(selection)
    assert found.remark == ""


def test_the_sentence_and_the_table_tell_the_same(selection):
    found = attrition(selection.history, TABLE, lambda name: PLACES)
    assert found.statement.startswith("Of 300 images (100 patients), ")
    for change in found.changes[1:]:
        assert f"{change.out or change.came:,} " in found.statement
        assert change.reason in found.statement
    last = found.changes[-1]
    assert found.statement.endswith(f"; {last.left} ({last.patients} patients) remain.")
    table = found.table()
    assert table.columns.tolist() == [
        "step",
        "images left out",
        "images added",
        "images",
        "patients",
    ]
    balance = table["images"].shift() - table["images left out"] + table["images added"]
    assert balance[1:].tolist() == table["images"][1:].tolist()
    nobody = attrition(selection.history, TABLE.drop(columns="patient"), lambda name: PLACES)
    assert "patients" not in nobody.table()
    json.dumps(found.to_dict())


def test_from_a_step_on_that_cannot_be_taken_again_what_was_noted_is_told(selection):
    found = attrition(selection.history, TABLE, lambda name: PLACES + 1)
    assert [change.left for change in found.changes] == [
        COUNT,
        *(event["count"] for event in selection.history),
    ]
    assert found.changes[1].patients is None
    assert "Counts from here on are those noted then. Step 1" in found.remark
    clicked = after(Selection.empty(), MapEvent("category", "replace", level=1))
    gone = after(clicked, MapEvent("box", "remove", polygon=SQUARE))
    found = attrition(gone.history, TABLE)
    assert found.changes[1].reason == "label is not b"
    assert [change.patients is None for change in found.changes] == [False, False, True]
    assert found.changes[-1].out == len(clicked) - len(gone)


def test_a_history_that_begins_with_a_cohort_begins_where_that_began():
    first = after(Selection.empty(), MapEvent("lasso", "replace", polygon=SQUARE))
    opened = {"kind": "cohort", "name": "one", "of": list(first.history)}
    cohort = Selection.empty().combine(first.rows, "replace", opened)
    last = after(cohort, MapEvent("click", "remove", row=int(first.rows[0])))
    found = attrition(last.history, TABLE, lambda name: PLACES)
    assert [change.reason for change in found.changes] == [ALL, "outside the lasso", "one image"]
    assert found.changes[-1].left == len(first) - 1


def test_all_images_and_nothing_at_all():
    everything = after(Selection.empty(), MapEvent("all", "replace"))
    found = attrition(everything.history, TABLE)
    assert found.changes[-1].left == COUNT
    assert found.statement == ("Of 300 images (100 patients), 300 (100 patients) remain.")
    inverted = after(everything, MapEvent("invert", "replace"))
    assert attrition(inverted.history, TABLE).changes[-1].left == 0
    assert attrition((), TABLE).statement.startswith("Of 300 images")


def test_a_damaged_step_does_no_harm():
    history = [{"kind": "lasso", "combine": "replace", "count": 7, "places": places_digest(PLACES)}]
    found = attrition(history, TABLE, lambda name: PLACES)
    assert found.changes[-1].left == 7
    assert "without its 'map'" in found.remark


@pytest.mark.parametrize("event", [{}, {"kind": "lasso"}, {"combine": "replace", "count": 3}])
def test_a_step_that_lacks_what_it_should_say_is_told_as_far_as_it_goes(event):
    found = attrition((event,), TABLE, lambda name: PLACES)
    assert found.changes[-1].left == event.get("count", 0)
    assert "those noted then" in found.remark


def test_the_smallest_count_is_also_among_those_without_a_value() -> None:
    table = pd.DataFrame({"age": [np.nan, np.nan, *[40] * 10, *[60] * 20]})
    history = [{"kind": "filter", "combine": "replace", "count": 20, "filters": ["age > 50"]}]
    found = attrition(history, table)
    assert found.changes[1].reason == "age > 50 does not hold (2 without a value)"
    assert (found.changes[1].out, found.smallest) == (12, 2)
    almost = table.assign(age=[np.nan] * 11 + [40] + [60] * 20)
    assert attrition(history, almost).smallest == 1
    assert attrition(history, table.fillna(40)).smallest == 12


def test_clusters_go_by_the_names_that_they_were_given():
    history = after(
        Selection.empty(), MapEvent("lasso", "replace", polygon=SQUARE), ("cluster == 3",)
    ).history
    found = attrition(history, TABLE, lambda name: PLACES, names={3: "Loops"})
    assert found.changes[1].reason == 'cluster == "Loops" does not hold'
    added = after(
        after(Selection.empty(), MapEvent("box", "replace", polygon=SQUARE + 0.8)),
        MapEvent("lasso", "add", polygon=SQUARE),
        ("cluster == 3 and age > 60",),
    ).history
    told = attrition(added, TABLE, lambda name: PLACES, names={3: "Loops"}).statement
    assert '(where cluster == "Loops" and age > 60)' in told
    (step,) = account(history, {3: "Loops"})
    assert step.words == 'Lasso of cluster == "Loops"'
