import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.study.study import Study


def script() -> None:
    """What a page does: begin, and show what the session holds."""
    import numpy as np
    import streamlit as st

    from cae.cohorts.selection import Selection
    from pages.components.kit.guard import guard
    from pages.components.state import session
    from pages.components.state.view import Order

    with guard():
        session.start()
        study = session.current_study()
        view = session.view()
        st.json(
            {
                "study": study.path.name,
                "rows": session.current_selection().rows.tolist(),
                "image": view.image,
                "anchors": [view.anchor("a"), view.anchor("b")],
                "filters": view.filters,
                "find": view.find,
                "sort": view.sort,
                "like": view.like,
                "tile": view.tile,
                "steps through": session.stepped_through().tolist(),
                "undo": session.can_undo(),
                "redo": session.can_redo(),
            }
        )
        for name, do in {
            "some": lambda: session.set_selection(chosen(3, 5)),
            "more": lambda: session.set_selection(chosen(3, 5, 9)),
            "clear": lambda: session.set_selection(Selection.empty()),
            "undo": session.undo_selection,
            "redo": session.redo_selection,
            "anchor": lambda: session.set_anchor("b", 11),
            "find": lambda: session.look(find="outliers"),
            "found": lambda: session.look(find=""),
            "by ink": lambda: session.look(sort=Order("column:ink", True)),
            "by similarity": lambda: session.look(like=17, sort=Order("image")),
            "large": lambda: session.look(tile=160),
            "step": lambda: session.step_through(np.array([4, 2])),
        }.items():
            st.button(name, on_click=do)

    def chosen(*rows: int):
        from cae.cohorts.selection import Selection

        return Selection.empty().combine(rows, "replace", {"kind": "ids"})


@pytest.fixture
def run(digits_study: Study, monkeypatch: pytest.MonkeyPatch):
    """Open the app with values in the address."""
    monkeypatch.setenv("CAE_HOME", str(digits_study.path.parent))
    monkeypatch.delenv("CAE_STUDY", raising=False)

    def opened(**values: str) -> AppTest:
        app = AppTest.from_function(script)
        for name, value in values.items():
            app.query_params[name] = value
        return app.run(timeout=30)

    return opened


def shown(app: AppTest) -> dict:
    assert not app.exception
    return json.loads(app.json[0].value)


def press(app: AppTest, name: str) -> dict:
    next(button for button in app.button if button.label == name).click().run(timeout=30)
    return shown(app)


def test_a_selection_comes_back_from_its_token(run, digits_study: Study):
    first = run()
    assert shown(first)["rows"] == []
    assert press(first, "some")["rows"] == [3, 5]
    token = first.query_params["selection"]
    assert shown(run(selection=token))["rows"] == [3, 5]
    assert digits_study.cohorts.recall(token).rows.tolist() == [3, 5]


def test_undo_and_redo(run):
    app = run()
    press(app, "some")
    press(app, "more")
    assert press(app, "clear")["rows"] == []
    assert press(app, "undo")["rows"] == [3, 5, 9]
    assert press(app, "undo")["rows"] == [3, 5]
    assert press(app, "redo")["rows"] == [3, 5, 9]
    after = press(app, "some")
    assert after["rows"] == [3, 5]
    assert not after["redo"]
    assert press(app, "undo")["rows"] == [3, 5, 9]


def test_an_anchor_is_in_the_address(run):
    app = run(a="4")
    assert press(app, "anchor")["anchors"] == [4, 11]
    assert app.query_params["b"] == ["11"] or app.query_params["b"] == "11"


def test_what_is_found_is_in_the_address(run):
    app = run()
    assert press(app, "find")["find"] == "outliers"
    assert shown(run(find="outliers"))["find"] == "outliers"
    assert press(app, "found")["find"] == ""
    assert "find" not in app.query_params


def test_the_order_of_the_gallery_is_in_the_address(run):
    app = run()
    assert shown(app)["sort"] == ["", False]
    assert press(app, "by ink")["sort"] == ["column:ink", True]
    assert shown(run(sort="-column:ink"))["sort"] == ["column:ink", True]
    told = press(app, "by similarity")
    assert (told["sort"], told["like"]) == (["image", False], 17)
    assert press(app, "step")["steps through"] == [4, 2]


@pytest.mark.parametrize(("tile", "expected"), [("160", 160), ("9", 56), ("9999", 240), ("x", 88)])
def test_the_size_of_images_stays_in_bounds(run, tile, expected):
    assert shown(run(tile=tile))["tile"] == expected
    assert press(run(), "large")["tile"] == 160


@pytest.mark.parametrize("image", ["-1", "360", "x", "1.5", ""])
def test_a_wrong_row_in_the_address_is_no_row(run, image):
    assert shown(run(image=image))["image"] is None


@pytest.mark.parametrize("filters", ["{", "[]", "3", ""])
def test_wrong_filters_in_the_address_are_none(run, filters):
    assert shown(run(filters=filters))["filters"] == []


def test_an_unknown_token_is_an_empty_selection(run):
    assert shown(run(selection="nosuchtoken"))["rows"] == []


def test_a_selection_of_more_images_than_there_are_is_forgotten(run, digits_study: Study):
    far = Selection.empty().combine(np.array([5000]), "replace", {"kind": "ids"})
    assert shown(run(selection=digits_study.cohorts.remember(far)))["rows"] == []


def test_an_unknown_study_is_a_sentence(run):
    app = run(study="nowhere")
    assert not app.exception
    assert "There is no study named 'nowhere'" in app.error[0].value
