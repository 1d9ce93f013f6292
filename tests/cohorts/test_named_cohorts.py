import numpy as np

from cae.cohorts.named_cohorts import NAMED, columns_picked_by, rows_digest, with_named_noted


def test_columns_of_every_kind_of_step():
    events = [
        {"kind": "category", "column": "site"},
        {"kind": "lasso", "shown": {"column": "age"}},
        {"kind": "filter", "filters": ['cohort("A") and label == "x"', "size > 3"]},
        {"kind": "click", "row": 3},
    ]
    assert [sorted(columns_picked_by(event)) for event in events] == [
        ["site"],
        ["age"],
        ['cohort("A")', "label", "size"],
        [],
    ]


def test_cohorts_are_noted_in_steps_and_within_steps_and_once():
    inner = {"kind": "filter", "filters": ['cohort("B")']}
    history = (
        {"kind": "invert", "of": [inner]},
        {"kind": "category", "column": 'cohort("A")', NAMED: {"A": "before"}},
        {"kind": "filter", "filters": ['cohort("gone")']},
    )
    noted = with_named_noted(history, {"A": {"n": 1}, "B": {"n": 2}}.get)
    assert noted[0] == {"kind": "invert", "of": [{**inner, NAMED: {"B": {"n": 2}}}]}
    assert noted[1] == {**history[1], NAMED: {"A": "before"}}
    assert noted[2] == history[2]
    assert with_named_noted(noted, {"B": {"n": 3}}.get)[0] == noted[0]


def test_rows_have_one_digest_whatever_their_type():
    rows = np.array([1, 5, 9])
    assert rows_digest(rows) == rows_digest(rows.astype(np.int32)) == rows_digest([1, 5, 9])
    assert rows_digest(rows) != rows_digest(np.array([1, 5, 8]))
