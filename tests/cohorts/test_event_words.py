import numpy as np
import pandas as pd
import pytest

from cae.cohorts.event_words import event_words
from cae.errors import CaeError


@pytest.mark.parametrize(
    ("name", "values", "occurred"),
    [
        ("event", [0, 1, 1], [0, 1, 1]),
        ("event", [0.0, 1.0, np.nan], [0, 1, np.nan]),
        ("died", [True, False, True], [1, 0, 1]),
        ("relapse", ["Yes", "no", "NO"], [1, 0, 0]),
        ("vital_status", ["Dead", "alive", "Unknown"], [1, 0, np.nan]),
        ("OS_STATUS", ["1:DECEASED", "0:LIVING", None], [1, 0, np.nan]),
        ("outcome", ["lost to follow-up", "Recurred/Progressed", "Censored"], [0, 1, 0]),
        ("censored", [0, 1, 1], [1, 0, 0]),
        ("is_alive", ["yes", "no", "no"], [0, 1, 1]),
        ("survived", [True, False, False], [0, 1, 1]),
        ("event_overall_survival", [1, 0], [1, 0]),
        ("event_recurrence_metastatic_free_survival", [1, 0], [1, 0]),
        ("survivor", [1, 0], [0, 1]),
        ("censoring", ["event", "censored", "event"], [1, 0, 1]),
        ("event", [1, 1, 1], [1, 1, 1]),
    ],
)
def test_words_are_read_as_they_are_meant_and_it_is_said(name, values, occurred):
    column = pd.Series(values, name=name)
    words = event_words(column)
    np.testing.assert_array_equal(words.read(column), occurred)
    for value, code in zip(column, occurred, strict=True):
        if code == 1:
            text = str(int(value)) if isinstance(value, float) else str(value)
            assert f"“{text}”" in words.sentence.split(" is the event")[0]


def test_values_that_a_person_names_are_the_event_and_all_others_are_not():
    column = pd.Series([1, 2, 2, 3, None], name="status")
    with pytest.raises(CaeError, match=r"“2”, “3” of 'status'.*of “1”, “2”, “3”"):
        event_words(column)
    words = event_words(column, ["2"])
    np.testing.assert_array_equal(words.read(column), [0, 1, 1, 0, np.nan])
    assert "“1”, “3” is not yet" in words.sentence
    unknown = pd.Series(["unknown", "a", "b"], name="status")
    np.testing.assert_array_equal(event_words(unknown, ["b"]).read(unknown), [np.nan, 0, 1])
    with pytest.raises(CaeError, match="No image has “9”"):
        event_words(column, ["9"])


@pytest.mark.parametrize(
    "name",
    ["overall_survival", "event_free_survival", "relapse-free survival", "dead_or_censored"]
    + ["relapse_free", "death_free", "no_recurrence"],
)
def test_1_of_what_may_be_survival_or_event_is_not_guessed(name):
    column = pd.Series([0, 1], name=name)
    with pytest.raises(CaeError, match="It is not clear whether “0”, “1”"):
        event_words(column)
    np.testing.assert_array_equal(event_words(column, ["1"]).read(column), [0, 1])
    words = pd.Series(["alive", "dead"], name=name)
    np.testing.assert_array_equal(event_words(words).read(words), [0, 1])


@pytest.mark.parametrize("values", [[None, None], list(range(30))])
def test_a_column_that_says_no_event_is_refused(values):
    with pytest.raises(CaeError, match="different values; name one that says"):
        event_words(pd.Series(values, name="status", dtype=object))
