import numpy as np
import pandas as pd
import pytest

from cae.sources.choices import Choices
from cae.sources.joined_rows import ROWS, one_row_each


def joined(column, *values, choices=None, comma=False):
    """Return what becomes of rows of image 4, beside one of image 0."""
    cells = pd.DataFrame({column: ["1", *values]}, dtype="str")
    positions = np.array([0, *[4] * len(values)])
    return one_row_each(cells, positions, comma, choices or Choices())


def test_one_row_each_stays_as_it_is():
    cells = pd.DataFrame({"age": ["1", "2"]}, dtype="str")
    found = one_row_each(cells, np.array([3, 1]), False, Choices())
    assert found.cells["age"].to_dict() == {3: "1", 1: "2"}
    assert (found.said, found.conflicts, ROWS in found.cells) == ("", [], False)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("size", ("1", "2"), "1.5"),
        ("size", ("2", "2"), "2"),
        ("seen", ("0", "1"), "1"),
        ("scanned", ("2020-01-02", "2021-01-02"), "2020-01-02"),
        ("note", ("b", "a"), "a; b"),
        ("label", ("2", "0"), "0; 2"),
        ("Diagnosis", ("1", "3"), "1; 3"),
        ("grade", ("1", "3"), "1; 3"),
        ("accession_nr", ("1000001", "1000003"), "1000001; 1000003"),
    ],
)
def test_values_that_differ_are_joined_by_what_they_are(column, values, expected):
    found = joined(column, *values)
    assert found.cells.loc[4, column] == expected
    assert found.cells[ROWS].to_dict() == {0: "1", 4: "2"}
    assert found.conflicts == []
    assert (column in found.said) == (values[0] != values[1])


@pytest.mark.parametrize(
    "column", ["patient_id", "lesion", "slide_id", "split", "fold", "is_train"]
)
def test_no_person_lesion_or_fold_is_made_up(column):
    words = {"split": ("train", "test"), "is_train": ("0", "1")}.get(column, ("1", "3"))
    found = joined(column, *words)
    assert pd.isna(found.cells.loc[4, column])
    assert found.cells.loc[0, column] == "1"
    assert found.conflicts == [(4, f"its rows differ in {column!r}, which counts as missing")]
    assert joined(column, words[0], words[0]).conflicts == []


def test_chosen_columns_have_their_role():
    assert joined("code", "1", "3", choices=Choices(label="code")).cells.loc[4, "code"] == "1; 3"
    assert joined("code", "1", "3", choices=Choices(label="CODE")).cells.loc[4, "code"] == "1; 3"
    assert joined("code", "1", "3", choices=Choices(patient="code")).conflicts
    assert joined("code", "1", "3", choices=Choices(patient="CODE")).conflicts
    assert joined("code", "1", "3", choices=Choices(split="code")).conflicts
    assert joined("code", "1,5", "2", comma=True).cells.loc[4, "code"] == "1,75"
