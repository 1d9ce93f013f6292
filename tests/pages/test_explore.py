"""The page runs without a browser too; what is drawn and pressed is tested in tests/browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cae.study.study import Study

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


def test_filters_that_make_no_sense_leave_the_address(run):
    app = run(filters='{"label": 3, "ink": {"low": 50, "high": 60}}')
    sound = "ink between 50 and 60"
    assert app.query_params["filters"] in (sound, [sound])


def test_a_damaged_map_is_a_sentence(run, digits_study: Study):
    digits_study.file("projection.npy").write_bytes(b"nothing of use")
    app = run()
    assert not app.exception
    assert "projection.npy is damaged" in app.error[0].value
