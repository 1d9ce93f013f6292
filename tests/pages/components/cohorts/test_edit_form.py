"""A change of a cohort on its card, while somebody else changes it."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.selection import Selection
from cae.study.study import Study


def card() -> None:
    import streamlit as st

    from cae.study.study import Study
    from pages.components.cohorts.edit_form import edit_popover
    from pages.components.cohorts.unsaved_edit import unsaved_cohorts, unsaved_edit

    study = Study.open(st.session_state["folder"])
    for cohort in [*study.cohorts.list(), *study.cohorts.deleted()]:
        if cohort.id in unsaved_cohorts(study):
            unsaved_edit(study, cohort)
        if cohort.deleted is None:
            edit_popover(study, cohort)


@pytest.fixture
def shown(digits_study: Study) -> AppTest:
    digits_study.cohorts.save("odd ones", Selection(np.arange(5)), "First note.")
    test = AppTest.from_function(card, default_timeout=120)
    test.session_state["folder"] = digits_study.path
    return test.run()


def field(test: AppTest, label: str):
    return next(one for one in (*test.text_input, *test.text_area) if one.label == label)


def press(test: AppTest, label: str) -> None:
    next(one for one in test.button if one.label == label).click().run()
    assert not test.exception


def test_a_change_is_saved_whole_or_told(shown: AppTest, digits_study: Study) -> None:
    cohorts = digits_study.cohorts
    field(shown, "Name").set_value("")
    field(shown, "Note").set_value("Second note.")
    press(shown, "Save changes")
    assert "has no name" in shown.error[0].value
    assert field(shown, "Note").value == "Second note."
    field(shown, "Name").set_value("strange ones")
    press(shown, "Save changes")
    (now,) = cohorts.list()
    assert (now.name, now.note, now.version) == ("strange ones", "Second note.", 2)


def test_what_met_the_change_of_another_is_kept_and_saved_over_it(
    shown: AppTest, digits_study: Study
) -> None:
    cohorts = digits_study.cohorts.by("ben")
    cohorts.change(cohorts.get_by_name("odd ones"), note="Ben's note.", tags=["checked"])
    field(shown, "Note").set_value("Mine.")
    press(shown, "Save changes")
    assert "changed the note of" in shown.warning[0].value
    assert field(shown, "Your note").value == "Mine."
    assert cohorts.get_by_name("odd ones").note == "Ben's note."
    cohorts.change(cohorts.get_by_name("odd ones"), note="Ben's later note.")
    field(shown, "Your note").set_value("Ours.")
    press(shown, "Save this over it")
    assert field(shown, "Your note").value == "Ours."
    assert cohorts.get_by_name("odd ones").note == "Ben's later note."
    press(shown, "Save this over it")
    now = cohorts.get_by_name("odd ones")
    assert (now.note, now.tags, len(shown.warning)) == ("Ours.", ("checked",), 0)


def test_what_met_a_deletion_is_kept_and_restores(shown: AppTest, digits_study: Study) -> None:
    cohorts = digits_study.cohorts.by("ben")
    cohorts.delete(cohorts.get_by_name("odd ones"))
    field(shown, "Note").set_value("Mine.")
    press(shown, "Save changes")
    assert "ben deleted" in shown.warning[0].value
    press(shown, "Restore it with this")
    assert cohorts.get_by_name("odd ones").note == "Mine."
