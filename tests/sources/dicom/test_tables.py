"""Tables beside DICOM: joined by what they name openly, of which nothing is kept."""

import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.imageset import Origin
from cae.sources import parse, with_choices
from cae.sources.choices import Choices
from cae.sources.dicom.identities import Keys
from cae.sources.dicom.source import DicomSource
from cae.sources.pseudonyms import Pseudonyms

RAMP = np.arange(32 * 32, dtype=np.uint16).reshape(32, 32)
PATIENTS, EACH = 4, 3


def ids_of(patient, number):
    return {
        "PatientID": f"MRN-90{patient:02d}",
        "PatientName": f"Zoltan{patient}^Abendroth",
        "AccessionNumber": f"ACC77{patient:02d}",
        "StudyInstanceUID": f"1.2.276.4711.{patient}",
        "SeriesInstanceUID": f"1.2.276.4711.{patient}.{number}",
        "SOPInstanceUID": f"1.2.276.4711.{patient}.{number}.5",
    }


@pytest.fixture
def folder(tmp_path, make_file):
    """Four patients with three series of one image each, in files that tell nothing."""
    for patient in range(PATIENTS):
        for number in range(EACH):
            name = tmp_path / f"export/{patient * EACH + number:03d}.dcm"
            make_file(name, RAMP + patient, **ids_of(patient, number))
    return tmp_path / "export"


def write(path, rows, **how):
    pd.DataFrame(rows).to_csv(path, index=False, **how)
    return path


def everything(imageset):
    kept = [imageset.table.to_csv(), imageset.problems.to_csv(), *imageset.notes]
    return "\n".join([*kept, imageset.name, *imageset.table.columns])


SECRETS = ("MRN", "90", "Zoltan", "Abendroth", "ACC77", "4711")


def assert_nobody_is_named(imageset):
    # Pseudonyms are drawn and may spell anything.
    found = re.sub(r"\b(P|ST|SE|IM)-[A-Z2-7]{10}\b", "", everything(imageset))
    # Splits' hashes hold any two digits, so those of patients are looked for apart.
    named = [secret for secret in SECRETS if secret != "90" and secret in found]
    assert not named, found
    assert imageset.table["patient"].str.fullmatch(r"P-[A-Z2-7]{10}").all()


@pytest.mark.parametrize(
    ("keyword", "column", "title"),
    [
        ("PatientID", "subject", "patient"),
        ("AccessionNumber", "Accession no", "accession number"),
        ("StudyInstanceUID", "study", "study UID"),
        ("SeriesInstanceUID", "series_uid", "series UID"),
        ("SOPInstanceUID", "sop", "instance UID"),
    ],
)
def test_rows_find_their_images_by_what_these_are_called(folder, keyword, column, title):
    rows = {}
    for patient in range(PATIENTS):
        for number in range(EACH):
            one = ids_of(patient, number)[keyword]
            value = patient if keyword in ("PatientID", "AccessionNumber") else patient * 10
            value += number if keyword in ("SeriesInstanceUID", "SOPInstanceUID") else 0
            rows[one] = {column: one, "diagnosis": "ab"[patient % 2], "score": value}
    write(folder / "table.csv", list(rows.values()))
    imageset = DicomSource(folder).load()
    table = imageset.table
    assert table["label"].tolist() == [letter for letter in "abab" for _ in range(EACH)]
    steps = [row["score"] for row in rows.values()]
    assert table["score"].tolist() == np.repeat(steps, PATIENTS * EACH // len(steps)).tolist()
    # DICOM has a study of its own, which is a pseudonym.
    assert f"{column} (table)" not in table and (column == "study" or column not in table)
    assert_nobody_is_named(imageset)
    assert imageset.notes[:2] == (
        f"table.csv: {column!r} names the images by their {title}; {len(rows)} of {len(rows)} rows "
        "belong to 12 of 12 images.",
        f"table.csv: not kept, as they may tell who a patient is: {column!r}.",
    )


def test_a_column_of_a_name_that_files_give_is_kept_as_that_of_the_table(folder):
    rows = [{"subject": ids_of(patient, 0)["PatientID"], "rows": 9} for patient in range(PATIENTS)]
    write(folder / "table.csv", rows)
    imageset = DicomSource(folder).load()
    assert set(imageset.table["rows"]) == {32}
    assert set(imageset.table["rows (table)"]) == {9}
    assert imageset.origins["rows (table)"] == Origin(("rows",))


def test_names_of_files_come_before_patients(folder):
    rows = [
        {"image": f"{patient * EACH + number:03d}", "patient": f"MRN-90{patient:02d}", "n": number}
        for patient in range(PATIENTS)
        for number in range(EACH)
    ]
    write(folder / "table.csv", [{**row, "image": f"{row['image']}.dcm"} for row in rows])
    imageset = DicomSource(folder).load()
    assert imageset.table["n"].tolist() == [0, 1, 2] * PATIENTS
    assert_nobody_is_named(imageset)


def test_numbers_that_match_files_by_chance_do_not_come_before_patients(tmp_path, make_file):
    for number, patient in enumerate([3, 1, 2], start=1):
        make_file(tmp_path / f"export/{number}", RAMP, PatientID=f"{patient}")
    write(tmp_path / "export/table.csv", {"id": [1, 2, 3], "score": [10.5, 20.5, 30.5]})
    assert DicomSource(tmp_path / "export").load().table["score"].tolist() == [30.5, 10.5, 20.5]


def test_zeros_signs_and_case_may_differ_unless_two_patients_would_be_meant(tmp_path, make_file):
    ids = ["0017", "abc-4", "007", "7", "9"]
    for number, patient in enumerate(ids):
        make_file(tmp_path / f"export/{number}", RAMP, PatientID=patient)
    rows = {"PatientID": ["17.0", "ABC 4", "7", "09", "9"], "score": [1, 2, 3, 4, 5]}
    write(tmp_path / "export/table.csv", rows)
    imageset = DicomSource(tmp_path / "export").load()
    scores = imageset.table["score"].astype("Int64").fillna(-1).tolist()
    # 007 may be 7, who has a row of his own; 09 and 9 are two rows, of which one is exact.
    assert scores == [1, 2, -1, 3, 5]
    reasons = "\n".join(imageset.problems["reason"])
    assert "there is no image of what it names" in reasons
    assert "has no row for it" in reasons


def test_what_may_tell_who_a_patient_is_is_left_out_and_said(folder):
    rows = [
        {
            "PatientID": f"MRN-90{patient:02d}",
            "name": f"Abendroth, Zoltan{patient}",
            "born": f"19{40 + patient}-03-17",
            "key": f"mrn-90{patient:02d}",
            "code": f"90{patient:02d}_MRN-90{patient:02d}_L",
            "finding": ["fine", f"see Zoltan{patient}", "fine", "fine"][patient],
            "age": [45, 97, 60, 61][patient],
            "site": ["north", "south"][patient % 2],
            "diagnosis name": ["mild", "severe"][patient // 2],
        }
        for patient in range(PATIENTS)
    ]
    write(folder / "clinic.csv", rows)
    imageset = DicomSource(folder).load()
    assert_nobody_is_named(imageset)
    assert imageset.table["age"].tolist() == np.repeat([45, 90, 60, 61], EACH).tolist()
    assert imageset.table["site"].tolist() == np.repeat(["north", "south"] * 2, EACH).tolist()
    for name in ("PatientID", "name", "born", "key", "code", "finding"):
        assert name not in imageset.table
    (note,) = [note for note in imageset.notes if "not kept" in note]
    assert note == (
        "clinic.csv: not kept, as they may tell who a patient is: "
        "'PatientID', 'name', 'born', 'key', 'code', 'finding', 'diagnosis name'."
    )
    chosen = with_choices(DicomSource(folder), Choices(label="diagnosis NAME"))
    assert chosen.load().table["label"].tolist() == np.repeat(["mild", "severe"], 6).tolist()
    with pytest.raises(CaeError, match="'key' of clinic.csv may tell who a patient is"):
        with_choices(DicomSource(folder), Choices(label="key")).load()


def test_patients_that_only_the_table_names_are_pseudonymous_and_keep_to_one_split(
    tmp_path, make_file
):
    for number in range(12):
        make_file(tmp_path / f"export/{number:03d}.dcm", RAMP)
    files = [f"{number:03d}.dcm" for number in range(12)]
    rows = {"file": files, "PatientID": [f"MRN-90{number // 4}" for number in range(12)]}
    write(tmp_path / "export/table.csv", rows)
    imageset = DicomSource(tmp_path / "export").load()
    assert_nobody_is_named(imageset)
    patients = imageset.table["patient"]
    assert patients.tolist() == np.repeat(patients.unique(), 4).tolist()
    assert imageset.table.groupby("patient")["split"].nunique().max() == 1
    # The same as if the files had named them.
    make_file(tmp_path / "named/a.dcm", RAMP, PatientID="MRN-900")
    assert DicomSource(tmp_path / "named").load().table["patient"][0] == patients[0]


def test_frames_of_a_file_share_its_row_and_splits_are_taken(tmp_path, make_file):
    for patient in ("A1", "B2"):
        make_file(tmp_path / f"export/{patient}", np.stack([RAMP] * 3), PatientID=f"id {patient}")
    rows = {"subject": ["id A1", "id B2"], "split": ["test", "train"], "modality": ["x", "y"]}
    write(tmp_path / "export/table.csv", rows)
    table = DicomSource(tmp_path / "export").load().table
    assert table["split"].tolist() == ["test"] * 3 + ["train"] * 3
    assert table["modality"].tolist() == ["x"] * 3 + ["y"] * 3


def test_a_table_beside_a_zip_and_one_that_is_named(folder, tmp_path):
    packed = tmp_path / "clinic.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    rows = {"mrn": [f"MRN-90{patient:02d}" for patient in range(PATIENTS)], "site": list("nsns")}
    write(tmp_path / "other.csv", rows)
    assert "site" not in DicomSource(packed).load().table
    source = parse(f"dicom:{packed},{tmp_path / 'other.csv'}")
    assert parse(source.spec) == source
    named = source.load()
    assert named.table["site"].tolist() == np.repeat(list("nsns"), EACH).tolist()
    write(tmp_path / "clinic.csv", rows)
    assert DicomSource(packed).load().table.equals(named.table)
    write(tmp_path / "strange.csv", {"who": ["x", "y"], "site": ["n", "s"]})
    with pytest.raises(CaeError, match=r"strange\.csv cannot be joined to the images"):
        DicomSource(packed, tmp_path / "strange.csv").load()


def test_a_table_in_the_folder_that_is_about_others_is_reported(folder):
    write(folder / "strange.csv", {"who": ["x", "y"], "site": ["n", "s"]})
    imageset = DicomSource(folder).load()
    assert len(imageset) == PATIENTS * EACH
    assert "cannot be joined" in dict(imageset.problems.itertuples(index=False))["strange.csv"]
    with pytest.raises(CaeError, match="cannot be joined"):
        with_choices(DicomSource(folder), Choices(label="site")).load()


def test_choices_need_a_table(folder):
    with pytest.raises(CaeError, match="has no table in or beside it"):
        with_choices(DicomSource(folder), Choices(label="site")).load()


def test_a_dicom_file_called_like_a_table_is_read(folder, make_file):
    make_file(folder / "scan.csv", RAMP, PatientID="9")
    assert "scan.csv" in DicomSource(folder).load().table["file"].tolist()


def test_keys_tell_equal_texts_and_nothing_else():
    keys, others = Keys(Pseudonyms(b"a" * 32)), Keys(Pseudonyms(b"b" * 32))
    assert keys.exact("MRN 1 ") == keys.exact("MRN 1") != keys.exact("mrn 1")
    assert keys.plain("MRN-001") == keys.plain("mrn 1") != keys.plain("mrn 10")
    assert keys.plain("1.0") == keys.plain("001") != keys.plain("1.1")
    assert keys.plain("MRN 1") != others.plain("MRN 1")
    assert keys.plain("MRN 1") != keys.exact("MRN 1")
    assert dict(keys.within("see Zoltan 3"))[keys.plain("zoltan")] == 6
