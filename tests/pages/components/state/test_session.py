import json
import re
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.imageset import ImageSet
from cae.study.append import append
from cae.study.study import Study
from pages.components.state import session
from tests.conftest import digits_imageset
from tests.study.test_append import Digits


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
                "lost": session.take_lost_images(),
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
            "image": lambda: session.open_image(7),
            "plain": lambda: session.look(image=None),
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
    assert not app.error, app.error[0].value
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


def test_the_study_that_the_app_was_opened_on_goes_before_another_of_its_name(
    digits_study: Study, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    namesake = tmp_path / "elsewhere" / digits_study.path.name
    shutil.copytree(digits_study.path, namesake)
    shutil.copytree(digits_study.path, digits_study.path.with_name("another"))
    monkeypatch.setenv("CAE_HOME", str(digits_study.path.parent))
    monkeypatch.setenv("CAE_STUDY", str(namesake))
    known = session.known_studies()
    assert list(known) == ["digits", "another"]
    assert known["digits"] == namesake


def test_an_unknown_study_is_a_sentence(run):
    app = run(study="nowhere")
    assert not app.exception
    assert "There is no study named 'nowhere'" in app.error[0].value


def address_of(app: AppTest) -> dict[str, str]:
    """What stands in the address; a value that the app has not written yet is a list."""
    held = {name: app.query_params[name] for name in ("study", "image", "images")}
    return {name: one if isinstance(one, str) else one[0] for name, one in held.items()}


def with_other_images(study: Study) -> Study:
    """Import other images in the place of a study's, under its name."""
    imageset = digits_imageset(40)
    shutil.rmtree(study.path)
    others = ImageSet(255 - imageset.images, imageset.table, name="digits", kind="digits")
    return Study.create(study.path, others, source="digits", seed=0)


def test_a_link_to_an_image_tells_that_the_images_were_replaced(run, digits_study: Study):
    app = run()
    press(app, "image")
    link = address_of(app)
    assert re.fullmatch("[0-9a-f]{8}", link["images"])
    kept = shown(run(**link))
    assert (kept["image"], kept["lost"]) == (7, False)
    with_other_images(digits_study)
    lost = run(**link)
    assert (shown(lost)["image"], shown(lost)["lost"]) == (None, True)
    assert "images" not in lost.query_params
    assert press(lost, "image")["image"] == 7
    again = address_of(lost)
    assert (shown(run(**again))["image"], shown(run(**again))["lost"]) == (7, False)


def test_a_session_that_is_open_gives_up_what_was_selected_of_other_images(
    run, digits_study: Study
):
    app = run()
    press(app, "more")
    press(app, "anchor")
    assert press(app, "step")["steps through"] == [4, 2]
    with_other_images(digits_study)
    told = press(app, "find")
    assert (told["rows"], told["anchors"], told["lost"]) == ([], [None, None], True)
    assert (told["steps through"], told["undo"], told["find"]) == ([], False, "outliers")
    assert not press(app, "found")["lost"]


def test_a_link_outlives_images_that_come_behind(run, digits_study: Study):
    app = run()
    press(app, "image")
    link = address_of(app)
    append(digits_study, Digits(count=4))
    after = run(**link)
    assert (shown(after)["image"], shown(after)["lost"]) == (7, False)
    press(after, "image")
    assert address_of(after)["images"] != link["images"]


def test_an_address_without_images_has_no_mark_of_them(run):
    app = run(image="7")
    press(app, "plain")
    assert "images" not in app.query_params
