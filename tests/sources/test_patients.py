import pandas as pd
import pytest

from cae.sources.patients import find_patient_column


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "PatientID", "patient id", "Subject-ID"])
def test_patients_are_found_by_name(name):
    assert find_patient_column(table(**{"age": ["1"], name: ["p"]})) == name
