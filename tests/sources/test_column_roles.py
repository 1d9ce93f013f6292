import pandas as pd
import pytest

from cae.sources.column_roles import (
    find_label_column,
    find_patient_column,
    find_split_column,
    is_identifying,
    split_word,
)


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


@pytest.mark.parametrize("name", ["Split", "SUBSET", "set", "Partition"])
def test_split_columns_need_the_name_and_the_words(name):
    assert find_split_column(table(**{name: ["Train", "test", "odd"]})) == name
    assert find_split_column(table(**{name: ["a", "b", "test"]})) is None
    assert find_split_column(table(**{name: [None, None]})) is None


def test_labels_are_found_by_name_in_order_of_likelihood():
    assert find_label_column(table(Diagnosis=["a"], Label=["b"])) == "Label"
    assert find_label_column(table(x=["a"], Finding_Labels=["b"])) == "Finding_Labels"
    assert find_label_column(table(labelled=["a"])) is None


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "PatientID", "patient id", "Subject-ID"])
def test_patients_are_found_by_name(name):
    assert find_patient_column(table(**{"age": ["1"], name: ["p"]})) == name


@pytest.mark.parametrize(
    ("word", "split"),
    [("TRAIN", "train"), (" valid ", "val"), ("dev", "val"), ("Testing", "test"), ("x", None)],
)
def test_split_words(word, split):
    assert split_word(word) == split


@pytest.mark.parametrize(
    "name",
    [
        "Patient_ID",
        "patientAge",
        "LastName",
        "Name",
        "date_of_birth",
        "DOB",
        "BirthDate",
        "MRN",
        "home address",
        "Exam Date",
        "StudyInstanceUID",
        "Eye_ID",
        "e-mail",
        "Accession Number",
        "Geburtsdatum",
        "file_path",
        "phone2",
    ],
)
def test_identifying_names(name):
    assert is_identifying(name)


@pytest.mark.parametrize(
    "name", ["age", "sex", "BCVA", "CST", "Fluid (IRF)", "width", "plane", "idle", "update", "grid"]
)
def test_other_names(name):
    assert not is_identifying(name)
