from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.train import bring_images


@pytest.mark.parametrize(("is_active", "taken"), [(True, True), (False, False)])
def test_an_import_that_failed_leaves_its_name(monkeypatch, tmp_path, is_active, taken):
    monkeypatch.setattr(bring_images, "studies_folder", lambda: tmp_path)
    job = SimpleNamespace(is_active=is_active)
    monkeypatch.setattr(bring_images.runs, "status", lambda folder: job)
    assert bring_images.is_taken("scans") is taken


def test_the_name_of_a_study_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(bring_images, "studies_folder", lambda: tmp_path)
    monkeypatch.setattr(bring_images.runs, "status", lambda folder: None)
    (tmp_path / "scans").mkdir()
    assert bring_images.is_taken("scans")
    assert not bring_images.is_taken("others")


def form(kind, **fields):
    """One of the forms, its fields filled by their labels; it keeps what source is wished for."""

    def show(kind):
        import streamlit as st

        from pages.components.train.bring_images import FORMS

        wish = FORMS[kind]()
        st.session_state["wished"] = wish and (wish.suggestion, wish.source().spec)

    app = AppTest.from_function(show, default_timeout=120, kwargs={"kind": kind}).run()
    for field in (*app.text_input, *app.number_input):
        if field.label in fields:
            field.set_value(fields[field.label])
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("kind", "fields", "spec"),
    [
        ("DICOM", {}, "dicom:{}"),
        ("NIfTI", {}, "nifti:{}"),
        (
            "NIfTI",
            {"Distance of slices in mm": 2.5, "Patches of so many pixels": 64},
            "nifti:{},2.5mm,patch64",
        ),
    ],
)
def test_a_path_becomes_a_source(tmp_path, kind, fields, spec):
    scans = tmp_path / "scans"
    scans.mkdir()
    app = form(kind, **{f"or the path of {kind} on this computer": str(scans), **fields})
    assert app.session_state["wished"] == ("scans", spec.format(scans))


def test_a_path_that_is_not_there_is_said(tmp_path):
    app = form("DICOM", **{"or the path of DICOM on this computer": str(tmp_path / "missing")})
    assert "There is no folder or file" in app.warning[0].value
    assert app.session_state["wished"] is None
