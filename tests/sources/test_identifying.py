import pandas as pd
import pytest

from cae.sources.identifying import is_identifying


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
