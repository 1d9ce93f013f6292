import pytest
from streamlit.testing.v1 import AppTest

from cae.study.study import Study


def script(path: str) -> None:
    """Ask twice for one result, and say how often it was worked out."""
    from pathlib import Path

    import streamlit as st

    from cae.study.study import Study
    from pages.components.state.computed import computed

    calls = st.session_state.setdefault("calls", [])

    def compute(progress):
        progress(1, 2, "images")
        progress(2, 2)
        progress(0, 0)
        calls.append(1)
        return len(calls)

    study = Study.open(Path(path))
    results = [computed(study, "answer", "Working:", compute) for _ in range(2)]
    st.json({"results": results, "calls": len(calls)})
    st.button("again")


@pytest.fixture
def app(digits_study: Study) -> AppTest:
    return AppTest.from_function(script, args=(str(digits_study.path),)).run(timeout=30)


def told(app: AppTest) -> str:
    assert not app.exception
    return app.json[0].value


def test_a_result_is_worked_out_once(app):
    assert told(app) == '{"results": [1, 1], "calls": 1}'
    app.button[0].click().run(timeout=30)
    assert told(app) == '{"results": [1, 1], "calls": 1}'


def test_another_state_of_the_study_needs_another_result(app, digits_study):
    with digits_study.step("cluster", {"k": 3}) as files:
        (files.add("clusters.parquet")).write_bytes(b"others")
    app.button[0].click().run(timeout=30)
    assert told(app) == '{"results": [2, 2], "calls": 2}'
