"""The page Cohorts keeps what was chosen by study."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.study.study import Study
from pages.components.kit.shell import STARTED
from pages.components.state.view import View
from tests.conftest import build_quick_study, digits_imageset

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two studies, in each two cohorts of the same numbers."""
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    monkeypatch.delenv("CAE_STUDY", raising=False)
    for name in ("one", "two"):
        images = replace(digits_imageset(60), identifying=("patient",))
        cohorts = build_quick_study(tmp_path / name, images).cohorts
        for number in (1, 2):
            rows = Selection.empty().combine(np.arange(10), "replace", {"kind": "ids"})
            cohorts.save(f"{name} {number}", rows)
    return tmp_path


def test_nothing_that_was_chosen_holds_for_another_study(home: Path) -> None:
    def shown(kind: str, name: str, study: str):
        return getattr(app, kind)(key=f"{name} {study}")

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["study"] = "one"
    app.run().switch_page("pages/cohorts.py").run()
    shown("checkbox", "identifying 1", "one").check().run()
    shown("multiselect", "formats 1", "one").select("monai").run()
    shown("selectbox", "folds 1", "one").select(3).run()
    app.button(key="delete 2").click().run()
    assert any("one 2" in text.value and "deleted" in text.value for text in app.text)
    app.session_state[STARTED] = View(study="two")
    app.run()
    assert not app.exception
    assert shown("checkbox", "identifying 1", "two").value is False
    assert shown("multiselect", "formats 1", "two").value == []
    assert shown("selectbox", "folds 1", "two").value == 0
    assert not any("deleted" in text.value for text in app.text)


def test_a_cohort_of_other_images_shows_none_of_these_and_can_be_deleted(home: Path) -> None:
    cohorts = Study.open(home / "one").cohorts
    rows = Selection.empty().combine(np.arange(10), "replace", {"kind": "ids"})
    former = cohorts.save("former", rows, images_digest="0" * 16)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["study"] = "one"
    app.run().switch_page("pages/cohorts.py").run()
    assert ["saved on other images" in warning.value for warning in app.warning] == [True]
    app.session_state["combine problem"] = "opens the form"
    app.run()
    (offered,) = [one for one in app.multiselect if one.label.startswith("Cohorts, the first")]
    assert offered.options and not any("former" in option for option in offered.options)
    app.button(key=f"delete {former.id}").click().run()
    assert not app.exception
    assert "former" not in [cohort.name for cohort in cohorts.list()]
