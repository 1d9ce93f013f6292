import pandas as pd
import pytest

from cae.sources.patients import (
    find_patient_column,
    folder_patients,
    prefix_groups,
    prefix_patients,
)


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "PatientID", "patient id", "Subject-ID"])
def test_patients_are_found_by_name(name):
    assert find_patient_column(table(**{"age": ["1"], name: ["p"]})) == name


@pytest.mark.parametrize(
    "name",
    ["PTID", "RID", "eid", "USUBJID", "NHS No", "patient_nr", "Patientennummer", "id_paciente"]
    + ["BraTS_2020_subject_ID", "deidentified_patient_id", "de-identified patient ID"],
)
def test_patients_of_studies_and_countries(name):
    assert find_patient_column(table(**{"age": ["1"], name: ["p"]})) == name


@pytest.mark.parametrize(
    ("files", "patients"),
    [
        (["P001/a.png", "P002/a.png"], ["P001", "P002"]),
        (["8863/0/a.png", "8864/1/b.png"], ["8863", "8864"]),
        (["a/patient_12/x.png", "b/patient_13/x.png"], ["patient_12", "patient_13"]),
        (["sub-01/ses-001/a.png", "sub-02/ses-001/a.png"], ["sub-01", "sub-02"]),
        (["TCGA-02-0003/a.png", "TCGA-02-0006/a.png"], ["TCGA-02-0003", "TCGA-02-0006"]),
        (["benign/a.png", "malignant/b.png"], [None, None]),
        (["0/a.png", "1/b.png"], [None, None]),
        (["2019/a.png", "2020/b.png"], [None, None]),
        (["512/a.png", "512/b.png"], [None, None]),
        ([f"class{n % 2 + 100}/{n}.png" for n in range(200)], [None] * 200),
    ],
)
def test_folders_of_patients(files, patients):
    assert folder_patients(files) == patients


def test_patients_at_the_beginning_of_names():
    files = ["patient12_a.png", "sub-01_T1w.png", "TCGA-AB-1234-01Z.png", "person1_virus_2.jpg"]
    assert prefix_patients(files) == ["patient12", "sub-01", "TCGA-AB-1234", "person1"]
    assert prefix_patients(["particle12.png", "a_p1.png", "subset1.png"]) == [None] * 3


def test_prefixes_that_several_names_share_are_groups():
    files = ["8863_a.png", "8863_b.png", "x/8864_a.png", "x/8864_b.png", "single9_a.png", "b.png"]
    groups = prefix_groups(files)
    assert groups.tolist()[:4] == ["8863", "8863", "8864", "8864"]
    assert groups.isna().tolist()[4:] == [True, True]


@pytest.mark.parametrize(
    "files",
    [
        [f"img_{n}.png" for n in range(9)],
        [f"2019_{n}.png" for n in range(9)],
        [f"{2019 + n % 4}_{n}.png" for n in range(800)],
        [f"benign ({n}).png" for n in range(9)],
    ],
)
def test_counters_years_and_batches_are_no_groups(files):
    assert prefix_groups(files).isna().all()
