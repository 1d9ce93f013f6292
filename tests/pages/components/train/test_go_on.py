"""What is offered where a training was cut off."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.jobs import runs
from cae.sources.choices import Choices
from cae.study import steps
from cae.study.brought import Brought, bring_latents
from cae.study.roles import change_roles
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


def test_latents_from_elsewhere_are_brought_again_and_not_built(
    digits_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(len(digits_study), 4)))
    bring_latents(digits_study, Brought(tmp_path / "v.npy", "standard"))
    change_roles(digits_study, Choices(split="none"))
    monkeypatch.setenv("CAE_STUDY", str(digits_study.path))
    app = AppTest.from_function(script).run(timeout=60)
    assert not app.exception
    assert "Bring up to date" not in [button.label for button in app.button]
    assert any("Latents from elsewhere" in caption.value for caption in app.caption)
