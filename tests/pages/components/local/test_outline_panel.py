"""The offer to outline structures, without a browser."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.decoding.outline import learn_outlines
from cae.local.transfer import TransferSettings
from cae.study.study import Study
from pages.components.local import outline_panel
from tests.conftest import ROOT, digits_imageset

PATIENCE = 200


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Sixty digits, their strokes outlined, and a cohort of two."""
    digits = digits_imageset(60)
    masks = np.where(digits.images > 128, np.uint8(255), np.uint8(0))
    imageset = replace(digits, masks=masks, mask_names=("stroke",))
    study = Study.create(tmp_path / "digits", imageset, "digits")
    two = Selection.empty().combine(np.array([0, 6]), "replace", {"kind": "ids"})
    study.cohorts.save("two of mine", two)
    monkeypatch.setenv("CAE_HOME", str(tmp_path))
    quick = partial(learn_outlines, settings=TransferSettings(steps=2, width=4))
    monkeypatch.setattr(outline_panel, "learn_outlines", quick)
    return study


def opened(study: Study) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"))
    app.query_params["study"] = study.path.name
    app.session_state["outlines"] = True
    app.switch_page("pages/local.py").run(timeout=PATIENCE)
    assert not app.exception
    return app


def button(app: AppTest, beginning: str):
    return next(one for one in app.button if one.label.startswith(beginning))


def test_a_cohort_s_masks_are_learnt_from_and_what_is_found_can_be_taken_along(study):
    app = opened(study)
    assert button(app, "Learn from 40 images")
    next(box for box in app.selectbox if box.label == "Learn from").select("two of mine").run()
    button(app, "Learn from 2 images").click().run(timeout=PATIENCE)
    assert not app.exception
    (table,) = [one.value for one in app.dataframe if "Structure" in one.value]
    assert table["Structure"].tolist() == ["stroke"]
    assert table["Other images with a mask"].tolist() == [50]
    button(app, "Prepare the outlines of 60 images").click().run(timeout=PATIENCE)
    assert not app.exception
    for running in app.session_state["running exports"].values():
        running.result()
    app.run(timeout=PATIENCE)
    assert not app.exception
    (file,) = app.session_state["prepared exports"].values()
    assert file.name == "outlines.zip"
    assert not [one for one in app.button if one.label.startswith("Prepare the outlines")]


def test_cohorts_without_images_of_the_study_are_not_learnt_from(study):
    two = study.cohorts.list()[0].selection
    study.cohorts.save("elsewhere", two, images_digest="0" * 64)
    study.cohorts.save_live("none", 'label == "no such label"')
    box = next(box for box in opened(study).selectbox if box.label == "Learn from")
    assert box.options == ["Training images with a mask", "two of mine"]


def test_a_study_without_masks_offers_nothing(digits_study, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(digits_study.path.parent))
    app = opened(digits_study)
    assert not [one for one in app.expander if "Outline" in one.label]
