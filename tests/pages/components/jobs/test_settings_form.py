"""The form of every method can be drawn, and says to the shell what was chosen in it."""

from typing import Any

import pytest
import typer
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cae.cli.settings_options import with_options
from cae.methods import METHODS, method_named, new_settings
from cae.storage import write_table
from cae.study.study import Study
from pages.components.jobs.settings_form import arguments

# What some methods cannot do without.
GIVEN = {"clinical": {"clinical": ("site",)}, "prototypes": {"clusters": 5}}


def _script(path: str, method: str, usual: dict) -> None:
    from pathlib import Path

    import streamlit as st

    from cae.methods import method_named
    from cae.study.study import Study
    from pages.components.jobs.settings_form import settings_form

    study, explained = Study.open(Path(path)), {}
    kind = method_named(method).Settings
    st.session_state["chosen"] = settings_form(study, kind, usual, "key", explained.__setitem__)
    st.session_state["explained"] = explained


def form(study: Study, method: str, /, **usual: Any) -> AppTest:
    given = {"path": str(study.path), "method": method, "usual": usual}
    shown = AppTest.from_function(_script, kwargs=given).run(timeout=60)
    assert not shown.exception
    return shown


def understood(method: str, options: list[str]) -> dict[str, Any]:
    """What the shell takes for the settings of a method."""
    group, taken = typer.Typer(), {}
    settings = method_named(method).Settings
    group.command()(with_options(lambda **changes: taken.update(changes), [settings]))
    result = CliRunner().invoke(group, options)
    assert result.exit_code == 0, result.output
    return taken


@pytest.mark.parametrize("method", METHODS)
def test_untouched_it_means_the_usual_settings(digits_study, method):
    usual = GIVEN.get(method, {})
    chosen = form(digits_study, method, **usual).session_state["chosen"]
    given = understood(method, arguments(chosen))
    assert new_settings(method, **given) == new_settings(method, **usual)
    assert given.keys() == chosen.keys()


@pytest.mark.parametrize("method", METHODS)
def test_numbers_can_be_changed_and_out_of_their_bounds_are_told(digits_study, method):
    usual = new_settings(method, **GIVEN.get(method, {})).to_dict()
    shown = form(digits_study, method, **usual)

    def settings() -> dict[str, Any]:
        shown.run(timeout=60)
        assert not shown.exception
        given = understood(method, arguments(shown.session_state["chosen"]))
        return new_settings(method, **given).to_dict()

    for number in shown.number_input:
        number.set_value(number.value + number.step)
    changed = [name for name, value in settings().items() if value != usual[name]]
    assert len(changed) == len(shown.number_input)
    shown.number_input[0].set_value(1)
    assert settings()["epochs"] == 1
    shown.number_input[0].set_value(0)
    shown.run(timeout=60)
    assert shown.session_state["chosen"] is None
    assert [error.value for error in shown.error] == ["The setting Epochs is 0; use at least 1."]


def test_what_everybody_asks_comes_first(digits_study):
    shown = form(digits_study, "pseudo-class")
    titles = [field.label for field in shown.number_input]
    assert titles[:5] == ["Epochs", "Latent size", "Seed", "Pseudo-classes", "Near positives"]
    first, _ = shown.expander
    assert [field.label for field in first.selectbox] == ["Augmentation"]
    assert [field.label for field in first.number_input] == titles[:5]
    assert shown.session_state["explained"] == {"preset": "organs"}


def test_columns_have_weights_where_there_are_several(digits_study):
    shown = form(digits_study, "clinical", clinical=("site", "ink"), clinical_weights=(2.0, 0.5))
    chosen = shown.session_state["chosen"]
    assert (chosen["clinical"], chosen["clinical_weights"]) == (("site", "ink"), (2.0, 0.5))
    given = understood("clinical", arguments(chosen))
    settings = new_settings("clinical", **given)
    assert (settings.clinical, settings.clinical_weights) == (("site", "ink"), (2.0, 0.5))


def test_columns_that_differ_for_every_image_are_not_offered(digits_study):
    table = digits_study.samples.assign(note=[f"note {row}" for row in range(len(digits_study))])
    write_table(digits_study.file("samples.parquet"), table)
    shown = form(Study.open(digits_study.path), "clinical", clinical=("site",))
    (offered,) = [field.options for field in shown.multiselect]
    assert offered == ["label", "patient", "ink", "site"]


def test_a_text_that_was_emptied_is_said(digits_study):
    shown = form(digits_study, "local", shape="heart")
    (shape,) = [field for field in shown.text_input if field.label == "Shape of region 0"]
    assert shape.value == "heart"
    shape.set_value("").run(timeout=60)
    assert understood("local", arguments(shown.session_state["chosen"]))["shape"] == ""
