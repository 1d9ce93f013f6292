import re

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.outcome import offered_events, offered_times, outcome_of
from cae.cohorts.remark import texts_of
from cae.cohorts.units import Units, units_of
from cae.errors import CaeError

TABLE = pd.DataFrame(
    {
        "patient": ["a", "a", "b", "b", "c", "d", "e", "e"],
        "months": [3.0, 8.0, 5.0, 5.0, -1.0, 4.0, 2.0, np.nan],
        "vital": ["alive", "dead", "dead", "dead", "dead", None, "alive", "dead"],
    }
)


def units(table: pd.DataFrame, unit: str | None = None) -> Units:
    material = material_of(table)
    return units_of(material, groups_of(material, [np.arange(4), "rest"]), unit)


def test_images_of_a_patient_count_once_by_the_longest_time():
    found = outcome_of(TABLE, units(TABLE), "months", "vital")
    np.testing.assert_array_equal(found.time, [8, 5, np.nan, np.nan, 2])
    assert found.event.tolist() == [True, True, False, False, False]
    assert found.is_known.tolist() == [True, True, False, False, True]
    said = " ".join(texts_of(found.remarks()))
    assert "Several images of a patient count once" in said
    assert "Of 1 patient the images tell different times or events." in said
    assert "1 image has a time below 0" in said
    assert "2 patients without time or event are left out." in said


def test_small_counts_are_hidden_in_words_too():
    said = " ".join(texts_of(outcome_of(TABLE, units(TABLE), "months", "vital").remarks(5)))
    assert "Of fewer than 5 patients the images tell different times" in said
    assert "Fewer than 5 images have a time below 0" in said
    assert "Fewer than 5 patients without time or event are left out." in said
    assert not re.search("[1-46-9]", said)


def test_the_order_of_images_does_not_matter():
    turned = TABLE.iloc[[1, 0, 3, 2, 4, 5, 7, 6]].reset_index(drop=True)
    found, again = (outcome_of(one, units(one), "months", "vital") for one in (TABLE, turned))
    np.testing.assert_array_equal(found.time, again.time)
    np.testing.assert_array_equal(found.event, again.event)


def test_images_count_each_where_it_is_asked_for():
    found = outcome_of(TABLE, units(TABLE, "image"), "months", "vital")
    np.testing.assert_array_equal(found.time, [3, 8, 5, 5, np.nan, np.nan, 2, np.nan])
    assert not any("Several images" in remark.text for remark in found.remarks())


@pytest.mark.parametrize(
    ("time", "event", "said"),
    [
        ("lost", "vital", "no column 'lost'"),
        ("vital", "vital", "does not hold numbers"),
        ("months", "patient", "not clear whether"),
    ],
)
def test_columns_that_tell_nothing_are_refused(time, event, said):
    with pytest.raises(CaeError, match=said):
        outcome_of(TABLE, units(TABLE), time, event)


def test_columns_are_offered_by_name_and_by_what_they_hold():
    count = 60
    rows = np.arange(count)
    table = pd.DataFrame(
        {
            "id": [f"i{row}" for row in rows],
            "patient": rows % 30,
            "split": "train",
            "age_years": 40.0 + rows,
            "OS_MONTHS": 1.0 + rows,
            "days_to_death": rows,
            "change": rows - 30.0,
            "is_old": rows % 2 == 0,
            "sex": np.where(rows % 2, "f", "m"),
            "OS_STATUS": np.where(rows % 3, "0:LIVING", "1:DECEASED"),
            "note": [f"text {row}" for row in rows],
            "constant": 1,
            "cluster": rows % 4,
            "outlier_score": rows / count,
        }
    )
    times, events = (offer(material_of(table)) for offer in (offered_times, offered_events))
    assert times.likely == ("OS_MONTHS", "days_to_death")
    assert times.others == ("age_years",)
    assert events.likely == ("OS_STATUS",)
    assert events.others == ("is_old", "sex")
