import numpy as np
import pandas as pd
import pytest

from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.remark import texts_of
from cae.cohorts.units import units_of
from cae.cohorts.variables import CATEGORY, DATE, NUMBER, Variable, kind_of, variables_of
from cae.errors import CaeError

TABLE = pd.DataFrame(
    {
        "patient": ["b", "b", "a", "a", "a", "c", "c", None, "d"],
        "side": ["l", "r", "r", "l", "r", None, "l", "l", None],
        "age": [10.0, 20.0, 30.0, np.inf, np.nan, 7.0, 8.0, 1.0, np.nan],
        "day": pd.to_datetime(["2020-01-01", "2020-01-03"] + [None] * 6 + ["1970-01-02"]),
    }
)
FIRST, SECOND = np.array([0, 1, 5]), np.array([2, 3, 4, 6, 7, 8])


def test_patients_have_the_mean_of_numbers_and_the_commonest_category():
    material = material_of(TABLE)
    units = units_of(material, groups_of(material, [FIRST, SECOND]))
    assert units.kind == "patient"
    # a, b, d; c is in both groups, and one image has no patient.
    assert units.group.tolist() == [1, 0, 1]
    assert units.counts == (1, 2)
    age = units.values(TABLE, Variable("age", NUMBER))
    np.testing.assert_array_equal(age, [30, 15, np.nan])
    assert units.values(TABLE, Variable("side", CATEGORY)).tolist() == ["r", "l", None]
    np.testing.assert_array_equal(units.values(TABLE, Variable("day", DATE)), [np.nan, 18263, 1])
    latents = np.arange(18.0).reshape(9, 2)
    np.testing.assert_allclose(units.means(latents), [[6, 7], [1, 2], [16, 17]])
    said = " ".join(texts_of(units.remarks()))
    assert "1 patient has images in more than one group, and is counted in none." in said
    assert "1 image does not tell a patient and is left out." in said
    hidden = " ".join(texts_of(units.left_out(5)))
    assert "Fewer than 5 patients have images in more than one group" in hidden
    assert "Fewer than 5 images do not tell a patient" in hidden
    assert "1" not in hidden


def test_images_of_one_lesion_are_drawn_together_and_it_is_said():
    lesions = TABLE.assign(patient=None, lesion_id=["k", "k", "l", "l", "m", "m", "n", "n", "o"])
    units = units_of(material_of(lesions), groups_of(material_of(lesions), [FIRST, SECOND]))
    assert units.drawn_with.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert "too small, as several are of one lesion, volume or file" in units.remarks()[0].text
    patients = units_of(material_of(TABLE), groups_of(material_of(TABLE), [FIRST, SECOND]), "image")
    assert patients.drawn_with.tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 4]
    alone = TABLE.drop(columns="patient")
    units = units_of(material_of(alone), groups_of(material_of(alone), [FIRST, SECOND]))
    assert units.drawn_with.tolist() == list(range(9))


def test_images_are_counted_where_patients_are_unknown_or_it_is_asked_for():
    without = TABLE.assign(patient=None)
    for table, unit in ((without, None), (TABLE, "image")):
        material = material_of(table)
        units = units_of(material, groups_of(material, [FIRST, SECOND]), unit)
        assert (units.kind, units.counts) == ("image", (3, 6))
        assert "p-values are too small" in units.remarks()[0].text
    with pytest.raises(CaeError, match="No image tells its patient"):
        units_of(material_of(without), groups_of(material_of(without), [FIRST]), "patient")
    with pytest.raises(CaeError, match="'eye' is unknown"):
        units_of(material_of(TABLE), groups_of(material_of(TABLE), [FIRST]), "eye")


def test_nobody_left_is_said():
    material = material_of(TABLE.assign(patient="one"))
    units = units_of(material, groups_of(material, [FIRST, SECOND]))
    assert units.counts == (0, 0)
    assert sum("No patient is left in" in remark.text for remark in units.remarks()) == 2


def test_columns_are_compared_as_what_they_are():
    assert kind_of(pd.Series([0, 1, 1, 0])) == CATEGORY
    assert kind_of(pd.Series([True, False])) == CATEGORY
    assert kind_of(pd.Series([71, 64, 45, 52])) == NUMBER
    assert kind_of(pd.Series([1, 2, 3, 4] * 5)) == CATEGORY
    assert kind_of(pd.Series([1.5, 2, 3, 4] * 5)) == NUMBER
    assert kind_of(pd.Series([*range(-1, 10)] * 20)) == NUMBER
    assert kind_of(pd.Series([*range(-1, 10)] * 20, name="cluster")) == CATEGORY
    assert kind_of(TABLE["day"]) == DATE
    assert kind_of(TABLE["side"]) == CATEGORY


def test_ids_and_free_text_are_left_out_with_the_reason():
    count = 200
    table = pd.DataFrame(
        {
            "id": range(count),
            "patient": None,
            "split": "train",
            "report": [f"finding {row}" for row in range(count)],
            "site": ["x", "y"] * 100,
            "cluster": [0, 1] * 100,
        }
    )
    material = material_of(table)
    groups = groups_of(material, ['query:site == "x"', "rest"])
    variables, left_out = variables_of(material, groups, "image")
    assert [(one.column, one.defines, one.is_derived) for one in variables] == [
        ("site", True, False),
        ("cluster", False, True),
    ]
    assert left_out.keys() == {"id", "patient", "split", "report"}
    assert left_out["report"] == "has 200 different texts"
