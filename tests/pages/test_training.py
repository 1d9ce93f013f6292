"""Studies are renamed and deleted on the page Data & training."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cae.study.study import Study

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def home(digits_study: Study, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two studies of ours and no other file."""
    shutil.copytree(digits_study.path, digits_study.path.parent / "other")
    monkeypatch.setenv("CAE_HOME", str(digits_study.path.parent))
    monkeypatch.delenv("CAE_STUDY", raising=False)
    return digits_study.path.parent


def opened(study: Path) -> AppTest:
    app = AppTest.from_file(str(APP))
    app.query_params["study"] = study.name
    app.switch_page("pages/training.py")
    app.run(timeout=120)
    return app.button(key=f"choose {study}").click().run(timeout=120)


def test_a_complete_study_is_renamed(home: Path):
    app = opened(home / "digits")
    app.text_input(key=f"new name {home / 'digits'}").set_value("figures").run(timeout=120)
    app.button(key=f"rename it {home / 'digits'}").click().run(timeout=120)
    assert not app.exception
    assert not app.error
    assert {path.parent.name for path in home.glob("*/study.json")} == {"figures", "other"}
    assert app.query_params["study"] in ("figures", ["figures"])


def test_a_copy_goes_by_the_name_of_its_folder(home: Path):
    app = opened(home / "other")
    assert "other" in [head.value for head in app.subheader]
    app.switch_page("pages/local.py").run(timeout=120)
    assert "The study other has no local model yet" in app.info[0].value


def test_a_name_that_is_taken_is_told(home: Path):
    app = opened(home / "digits")
    app.text_input(key=f"new name {home / 'digits'}").set_value("other").run(timeout=120)
    app.button(key=f"rename it {home / 'digits'}").click().run(timeout=120)
    assert "There is a study called “other” already" in app.error[0].value


@pytest.mark.parametrize("name", ["a/b", "../other", "..", ""])
def test_a_name_that_is_no_folder_s_is_told(home: Path, name: str):
    app = opened(home / "digits")
    app.text_input(key=f"new name {home / 'digits'}").set_value(name).run(timeout=120)
    app.button(key=f"rename it {home / 'digits'}").click().run(timeout=120)
    assert not app.exception
    assert f"A study cannot be called “{name}”" in app.error[0].value
    assert {path.parent.name for path in home.glob("*/study.json")} == {"digits", "other"}


def test_what_nobody_foresaw_is_a_sentence_too(home: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    folder = home / "digits"
    app = opened(folder)
    monkeypatch.setattr("pages.components.train.manage_study.delete_study", fail)
    monkeypatch.setattr("pages.components.train.manage_study.rename_study", fail)
    app.text_input(key=f"typed {folder}").set_value("digits").run(timeout=120)
    app.button(key=f"delete it {folder}").click().run(timeout=120)
    assert not app.exception
    assert "Something went wrong" in app.error[0].value
    app.text_input(key=f"new name {folder}").set_value("figures").run(timeout=120)
    app.button(key=f"rename it {folder}").click().run(timeout=120)
    assert not app.exception
    assert "Something went wrong" in app.error[0].value


def test_a_complete_study_is_deleted_once_its_name_is_typed(home: Path):
    folder = home / "digits"
    app = opened(folder)
    assert app.button(key=f"delete it {folder}").disabled
    app.text_input(key=f"typed {folder}").set_value("other").run(timeout=120)
    assert app.button(key=f"delete it {folder}").disabled
    app.text_input(key=f"typed {folder}").set_value("digits").run(timeout=120)
    app.button(key=f"delete it {folder}").click().run(timeout=120)
    assert not app.exception
    assert not app.error
    assert [path.parent.name for path in home.glob("*/study.json")] == ["other"]
    assert app.query_params["study"] in ("other", ["other"])


def test_imports_that_came_to_nothing_are_removed_at_once(home: Path):
    for name in ("first", "second"):
        run = home / ".jobs" / name / "1"
        run.mkdir(parents=True)
        status = {"state": "failed", "step": "import", "error": "It cannot be read."}
        (run / "status.json").write_text(json.dumps(status))
        (run / "process.json").write_text(json.dumps({"arguments": ["build"]}))
    app = opened(home / "other")
    app.button(key="remove imports").click().run(timeout=120)
    assert not app.exception
    assert not app.error
    assert list((home / ".jobs").iterdir()) == []
    assert {path.parent.name for path in home.glob("*/study.json")} == {"digits", "other"}
