"""The page runs without a browser too; what is drawn and pressed is tested in tests/browser."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.decoding.replay import replay_on
from cae.storage import write_table
from cae.study.label_corrections import correct_labels, corrections
from cae.study.study import Study
from tests.conftest import COUNT

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def run(digits_study: Study, monkeypatch: pytest.MonkeyPatch):
    """Open the app with values in the address."""
    monkeypatch.setenv("CAE_HOME", str(digits_study.path.parent))
    monkeypatch.delenv("CAE_STUDY", raising=False)

    def opened(**values: str) -> AppTest:
        app = AppTest.from_file(str(APP))
        for name, value in values.items():
            app.query_params[name] = value
        return app.run(timeout=120)

    return opened


def labels(app: AppTest) -> list[str]:
    assert not app.exception
    return [button.label for button in app.button]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "Select all 360 images in scope"),
        ({"image": "7"}, "Select this image and its 12 neighbours"),
        ({"filters": '{"label": {"values": ["3"]}}'}, "Select all 39 images in scope"),
        ({"filters": '{"label": 3, "ink": {"low": "a"}}'}, "Select all 360 images in scope"),
        ({"colour": "ink"}, "Select all 360 images in scope"),
        ({"image": "7", "sort": "centre"}, "Select this image and its 12 neighbours"),
        ({"find": "outliers"}, "Select these 24 images"),
        ({"find": "nosuchthing"}, "Select all 360 images in scope"),
        (
            {"sort": "-column:nosuchcolumn", "like": "x", "tile": "y"},
            "Select all 360 images in scope",
        ),
        ({"filters": "label in (3)"}, "Select all 39 images in scope"),
        (
            {"filters": "label in (3) and label in (3)", "query": "label in (3)"},
            "Select all 39 images in scope",
        ),
        ({"query": "label == 3"}, "Select all 39 images in scope"),
        ({"query": "lable =="}, "Select all 360 images in scope"),
        ({"filters": "lable in (3) and label in (3)"}, "Select all 39 images in scope"),
        ({"filters": '{"(query)": {"expression": "label == 3"}}'}, "Select all 39 images in scope"),
        ({"filters": '{"(query)": {"expression": "lable =="}}'}, "Select all 360 images in scope"),
        ({"colour": "nosuchcolumn"}, "Select all 360 images in scope"),
    ],
)
def test_the_page_runs_whatever_the_address_says(run, values, expected):
    app = run(**values)
    assert expected in labels(app)
    assert not app.error


def test_undo_takes_back_only_what_the_page_said(run, digits_study: Study):
    correct_labels(digits_study, [7], "mine", "anna")
    app = run(image="7")
    assert "Last given: “mine” to 1 image" in [one.value for one in app.caption]
    correct_labels(digits_study, [3, 4], "theirs", "ben")
    app.button(key="image 7 undo").click().run(timeout=120)
    assert not app.exception
    assert app.error[0].value.startswith("ben labelled images meanwhile, “theirs” to 2 images")
    assert [act.undone for act in corrections(digits_study.path)] == [None, None]
    assert "Last given: “theirs” to 2 images" in [one.value for one in app.caption]
    app.button(key="image 7 undo").click().run(timeout=120)
    assert not app.error
    assert [act.undone is None for act in corrections(digits_study.path)] == [True, False]


def test_corrected_labels_are_counted_beside_those_of_the_source(run, digits_study: Study):
    chosen = Selection.empty().combine(np.array([3, 7]), "replace", {"kind": "ids"})
    token = digits_study.cohorts.remember(chosen)
    titles = ["Label of the images", "Corrected label of the images"]
    for known in (titles[:1], titles):
        told = "".join(one.proto.body for one in run(selection=token).get("html"))
        assert [title for title in titles if f'aria-label="{title}"' in told] == known
        correct_labels(digits_study, [7], "mine", "anna")


def test_filters_that_make_no_sense_leave_the_address(run):
    app = run(filters='{"label": 3, "ink": {"low": 50, "high": 60}}')
    sound = "ink between 50 and 60"
    assert app.query_params["filters"] in (sound, [sound])


def test_a_damaged_map_is_a_sentence(run, digits_study: Study):
    digits_study.file("projection.npy").write_bytes(b"nothing of use")
    app = run()
    assert not app.exception
    assert "projection.npy is damaged" in app.error[0].value


ODD_COLUMNS = {
    "nothing": [np.nan] * COUNT,
    "no_words": pd.array([None] * COUNT, dtype="string"),
    "no_numbers": pd.array([None] * COUNT, dtype="Int64"),
    "no_dates": pd.Series([pd.NaT] * COUNT, dtype="datetime64[ns]"),
    "same": ["x"] * COUNT,
    "endless": np.where(np.arange(COUNT) % 2, np.inf, 1.5),
    "lasting": pd.to_timedelta(np.arange(COUNT), unit="h"),
    "yes": pd.array([None, True, False] * (COUNT // 3), dtype="boolean"),
}


@pytest.fixture
def odd_study(digits_study: Study) -> Study:
    """The study without a label or a patient, with columns of odd types."""
    table = digits_study.samples.assign(label=None, patient=None, **ODD_COLUMNS)
    write_table(digits_study.file("samples.parquet"), table)
    return Study.open(digits_study.path)


@pytest.mark.parametrize("column", ["label", "patient", *ODD_COLUMNS])
def test_columns_that_say_little_can_stand_in_an_address(run, odd_study: Study, column: str):
    rows = np.array([3, 1, 8])
    chosen = Selection.empty().combine(rows, "replace", {"kind": "ids"})
    token = odd_study.cohorts.remember(chosen)
    app = run(
        selection=token, sort=f"-column:{column}", colour=column, query=f"not ({column} is missing)"
    )
    assert not app.exception
    assert "Sort by" in [box.label for box in app.selectbox]
    assert not app.error
    is_known = odd_study.samples[column].notna().any()
    assert (app.query_params.get("sort") is not None) == is_known
    told = " ".join(toast.value for toast in app.toast)
    assert ("the order by" in told) == (not is_known)


def choose(title: str, value: str) -> Callable[[AppTest], None]:
    def act(app: AppTest) -> None:
        (box,) = (box for box in app.selectbox if box.label == title)
        box.select(value).run(timeout=120)

    return act


def nearest_to_any(app: AppTest) -> None:
    app.button_group(key="find measure").set_value("any").run(timeout=120)


def leaks(app: AppTest) -> None:
    app.toggle(key="find leaks").set_value(True).run(timeout=120)


@pytest.mark.parametrize(
    ("values", "act", "kind"),
    [
        ({"find": "similar"}, None, "similarity"),
        ({"find": "similar"}, nearest_to_any, "similarity"),
        ({"find": "outliers"}, None, "outliers"),
        ({"find": "outliers"}, choose("Ranked by", "cluster"), "outliers"),
        ({"find": "outliers"}, choose("Ranked by", "error"), "outliers"),
        ({"find": "duplicates"}, None, "near-duplicates"),
        ({"find": "duplicates"}, leaks, "near-duplicates"),
        ({"find": "labels"}, None, "suspected labels"),
        ({"image": "7"}, None, "similarity"),
    ],
)
def test_what_was_found_is_found_again_from_its_history(
    run, digits_study: Study, values: dict, act: Callable[[AppTest], None] | None, kind: str
) -> None:
    like = Selection.empty()
    for row in (3, 50):
        like = like.combine(np.array([row]), "add", {"kind": "click", "row": row})
    token = digits_study.cohorts.remember(like)
    app = run(selection=token, filters="ink > 55", **values)
    if act is not None:
        act(app)
    (button,) = (one for one in app.button if one.label.startswith(("Select these", "Select this")))
    button.click().run(timeout=120)
    assert not app.exception
    (chosen,) = np.atleast_1d(app.query_params["selection"])
    found = digits_study.cohorts.recall(chosen)
    stored = json.loads(json.dumps(found.history))
    assert [event["kind"] for event in stored] == [kind]
    assert 0 < len(found) < COUNT
    assert replay_on(Study.open(digits_study.path), stored).rows.tolist() == found.rows.tolist()
