"""The page Local offers cohorts that hold images of the study, without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from cae.cohorts.selection import Selection
from cae.export.provenance import study_digests
from cae.study.study import Study
from tests.conftest import ROOT

PATIENCE = 200


@pytest.fixture
def run(local_study: Study, monkeypatch: pytest.MonkeyPatch):
    """Open the page with values in the address."""
    monkeypatch.setenv("CAE_HOME", str(local_study.path.parent))
    monkeypatch.delenv("CAE_STUDY", raising=False)

    def opened(**values: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"))
        for name, value in values.items():
            app.query_params[name] = value
        app.switch_page("pages/local.py").run(timeout=PATIENCE)
        return app

    return opened


def offered(app: AppTest) -> Selectbox:
    assert not app.exception
    assert [error.value for error in app.error] == []
    return next(box for box in app.selectbox if box.label == "Images")


@pytest.mark.parametrize("pixels", ["Regions", "Find a point"])
def test_an_empty_cohort_and_one_of_other_images_are_not_offered(
    run, local_study: Study, pixels: str
):
    rows = Selection.empty().combine(np.arange(3), "replace", {"kind": "ids"})
    cohorts, here = local_study.cohorts, study_digests(local_study)
    cohorts.save("there", rows, **here)
    cohorts.save("elsewhere", rows, **{**here, "images_digest": "0" * 64})
    empty = cohorts.save_live("none", 'label == "no such label"')
    box = offered(run(of=f"cohort {empty.id}", pixels=pixels))
    assert [title for title in box.options if title.startswith("Cohort")] == ["Cohort “there” (3)"]
    assert box.value == "examples"


def test_a_chosen_cohort_that_loses_its_images_leaves_the_page_whole(run, local_study: Study):
    cohorts = local_study.cohorts
    rows = Selection.empty().combine(np.arange(3), "replace", {"kind": "ids"})
    base = cohorts.save("base", rows)
    live = cohorts.save_live("live", 'cohort("base")')
    app = run(pixels="Find a point")
    offered(app).set_value(f"cohort {live.id}").run(timeout=PATIENCE)
    assert offered(app).value == f"cohort {live.id}"
    cohorts.delete(base)
    app.run(timeout=PATIENCE)
    assert offered(app).value == "examples"
