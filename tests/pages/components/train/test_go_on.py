"""What is offered where a training was cut off."""

import pytest
from streamlit.testing.v1 import AppTest

from cae.jobs import runs
from cae.study import steps
from cae.study.study import Study
from tests.conftest import settings_of


def script() -> None:
    import os

    from cae.study.study import Study
    from pages.components.train.go_on import go_on

    go_on(Study.open(os.environ["CAE_STUDY"]))


@pytest.mark.parametrize("method", ["local", "local-published"])
def test_a_model_of_pixels_goes_on_by_the_method_that_it_was_begun_with(
    digits_study: Study, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.train(digits_study, settings_of(method, epochs=2, width=4, regions=3), stop)
    started: list[list[str]] = []
    monkeypatch.setattr(runs, "start", lambda folder, arguments, **_: started.append(arguments))
    monkeypatch.setenv("CAE_STUDY", str(digits_study.path))
    app = AppTest.from_function(script).run(timeout=60)
    (button,) = [each for each in app.button if each.label == "Resume"]
    button.click().run(timeout=60)
    assert started == [["build", str(digits_study.path), "--method", method]]
