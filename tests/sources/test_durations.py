import pandas as pd
import pytest

from cae.sources.column_types import infer_type
from cae.sources.durations import duration_notes, names_age, per_year


@pytest.mark.parametrize(
    "name",
    ["age", "Age", "AgeAtScan", "patient_age", "ageyears", "age2", "alter_jahre", "Patientenalter"]
    + ["Età", "ageatdiagnosis", "edad"],
)
def test_columns_that_are_called_like_ages(name):
    assert names_age(name)


@pytest.mark.parametrize("name", ["stage", "image", "dosage", "agent", "agency", "psalter", "y"])
def test_columns_that_are_not(name):
    assert not names_age(name)


@pytest.mark.parametrize(
    ("values", "years"),
    [
        (["058Y", "006M", "026W"], [58, 0.5, 26 * 7 / 365.25]),
        (["058Y", "059Y"], [58, 59]),
        (["3 years", "18 months", "2"], [3, 1.5, 2]),
        (["730.5 days", "1461 days"], [2, 4]),
    ],
)
def test_ages_become_years(values, years):
    texts = pd.Series(values, name="age", dtype="str")
    found = infer_type(texts)
    assert found.tolist() == pytest.approx(years)
    told = duration_notes(texts, found)
    assert told == [f"The numbers of 'age' are years; it says {values[0]!r}."]


@pytest.mark.parametrize(
    ("values", "numbers", "unit"),
    [
        (["365 days", "30 days"], [365, 30], "days"),
        (["12 months", "6 months", "3"], [12, 6, 3], "months"),
        (["2 Jahre", "1 Jahr"], [2, 1], "years"),
        (["10 Tage", "1 Tag"], [10, 1], "days"),
    ],
)
def test_other_durations_keep_their_unit_which_is_said(values, numbers, unit):
    texts = pd.Series(values, name="follow_up", dtype="str")
    found = infer_type(texts)
    assert found.tolist() == numbers
    assert duration_notes(texts, found)[0].startswith(f"The numbers of 'follow_up' are {unit};")


@pytest.mark.parametrize("values", [["12 months", "2 years"], ["001D", "002D"], ["058Y", "006M"]])
def test_durations_of_several_units_and_codes_stay_as_they_are(values):
    texts = pd.Series(values, name="follow_up", dtype="str")
    assert infer_type(texts).tolist() == values
    assert duration_notes(texts, infer_type(texts)) == []


@pytest.mark.parametrize(
    ("name", "units"),
    [("age", 1), ("agemonths", 12), ("alter_monate", 12), ("age_days", 365.25), ("ageatdx", 1)],
)
def test_ages_have_the_unit_of_their_name(name, units):
    assert per_year(name) == pytest.approx(units)


def test_numbers_have_no_unit():
    texts = pd.Series(["1", "2"], name="age", dtype="str")
    assert duration_notes(texts, infer_type(texts)) == []
