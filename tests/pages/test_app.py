"""What the app says beside every page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cae.imageset import ImageSet
from cae.sources.brain import BrainSource
from cae.study.study import Study
from tests.conftest import digits_imageset

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    monkeypatch.delenv("CAE_STUDY", raising=False)
    return tmp_path


def beside(home: Path) -> list[str]:
    app = AppTest.from_file(str(APP))
    app.query_params["study"] = "brain"
    app.switch_page("pages/training.py")
    app.run(timeout=120)
    assert not app.exception
    return [caption.value for caption in app.sidebar.caption]


def test_how_many_images_there_are(home: Path) -> None:
    Study.create(home / "brain", digits_imageset(24), source="digits")
    assert beside(home) == ["24 images."]


def test_that_the_embedded_images_are_of_one_brain(home: Path) -> None:
    brain: ImageSet = BrainSource().load(limit=20)
    Study.create(home / "brain", brain, source="brain")
    (words,) = beside(home)
    assert words.startswith("20 images. One brain")
    assert "no patients" in words


def test_nothing_of_a_study_that_cannot_be_read(home: Path) -> None:
    Study.create(home / "brain", digits_imageset(24), source="digits")
    (home / "brain/study.json").write_text("{")
    assert beside(home) == []
