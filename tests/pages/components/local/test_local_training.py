"""What the page of regions offers beside a job that runs or was stopped."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cae.jobs import runs
from cae.jobs.reporting import Moment
from cae.study.study import Study


def script() -> None:
    import os

    import streamlit as st

    from cae.study.study import Study
    from pages.components.local.local_training import local_training

    st.text("usable" if local_training(Study.open(os.environ["CAE_STUDY"])) else "nothing")


def shown(study: Study, monkeypatch: pytest.MonkeyPatch, state: str, method: str) -> AppTest:
    """Run the page's beginning while a job of `method` is in `state`."""
    job = runs.Job(
        study.path,
        state,
        ("train", str(study.path), "--method", method),
        Moment("train", 1, 4),
        "",
        "2026-01-01T00:00:00+00:00",
        Path("log"),
    )
    monkeypatch.setattr(runs, "status", lambda folder: job)
    monkeypatch.setenv("CAE_STUDY", str(study.path))
    app = AppTest.from_function(script).run(timeout=60)
    assert not app.exception
    return app


@pytest.mark.parametrize("method", ["local", "contrastive"])
@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_a_finished_model_stays_in_use_whatever_a_job_does(local_study, monkeypatch, state, method):
    app = shown(local_study, monkeypatch, state, method)
    assert app.text[-1].value == "usable"
    stopped = state == "interrupted" and method == "local"
    assert [button.label for button in app.button if button.label == "Resume"] == (
        ["Resume"] if stopped else []
    )


def test_without_one_a_running_job_is_shown_alone(digits_study, monkeypatch):
    app = shown(digits_study, monkeypatch, "running", "local")
    assert app.text[-1].value == "nothing"
    assert [button.label for button in app.button] == ["Cancel"]
