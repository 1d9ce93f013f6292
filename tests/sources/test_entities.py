import pandas as pd
import pytest

from cae.sources.entities import find_entity_column


def found(files, **columns):
    answer = find_entity_column(pd.DataFrame(columns, dtype="str"), files)
    return answer and (answer[0], list(answer[1]))


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ("P001", "P001/a.png"),
        ("p1", "P001/a.png"),
        ("1", "P001/a.png"),
        ("1.0", "patient_1/a.png"),
        ("sub-01", "sub-01/anat/sub-01_T1w.png"),
        ("01", "sub-01/anat/x.png"),
        ("12", "0012/x.png"),
        ("011_S_0002", "ADNI_011_S_0002_MR.png"),
        ("8863", "8863_idx5_x1.png"),
        ("LIDC-IDRI-0001", "data/LIDC-IDRI-0001/1-01.png"),
        ("TCGA-AB-1234", "TCGA-AB-1234-01Z-00.png"),
    ],
)
def test_values_are_found_in_paths(value, file):
    assert found([file], patient_id=[value, "Q99X"]) == ("patient_id", [value])


@pytest.mark.parametrize(
    ("value", "file"),
    [("1", "scan_1.png"), ("60", "x/60.png"), ("P001", "P002/a.png"), ("M", "M_1.png")],
)
def test_what_may_be_chance_is_not(value, file):
    assert found([file], patient_id=[value, "Q99X"]) is None


def test_the_column_that_finds_most_files_is_taken():
    files = ["P1/a.png", "P1/b.png", "P2/a.png", "P3/c.png"]
    columns = {"age": ["60", "70", "80"], "who": ["P1", "P2", "P3"], "sex": ["m", "f", "m"]}
    assert found(files, **columns) == ("who", ["P1", "P1", "P2", "P3"])


def test_of_values_that_are_alike_the_spelling_decides():
    files = ["P-1/a.png", "P1/a.png", "x/P1_a.png", "sub-P-1/a.png", "p 1/a.png", "P2/P1.png"]
    values = ["P-1", "P1", "P-2"]
    answer = find_entity_column(pd.DataFrame({"who": values}, dtype="str"), files)
    assert list(answer.found) == ["P-1", "P1", "P1", "P-1", None, "P-2"]
    reason = "'p 1/a.png' may be of 'P-1' or 'P1'; spell it as one of these"
    assert answer.unclear == {"P-1": reason, "P1": reason}


def test_values_that_many_rows_share_name_nobody():
    files = ["A12/a.png", "B12/b.png"]
    assert found(files, ward=["A12", "A12", "A12", "B12", "B12"]) is None
