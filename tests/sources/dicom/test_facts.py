import numpy as np
import pytest

from cae.sources.dicom.facts import aspect, describe
from cae.sources.pseudonyms import Pseudonyms

VALUES = np.zeros((4, 6), np.uint16)
NAMES = Pseudonyms(bytes(32))
IDENTIFYING = {
    "PatientName": "Doe^Jane",
    "PatientID": "MRN-77",
    "PatientBirthDate": "19500102",
    "StudyDate": "20200115",
    "StudyTime": "101500",
    "AccessionNumber": "ACC-123",
    "InstitutionName": "St Elsewhere",
    "ReferringPhysicianName": "Who^Doctor",
    "StudyID": "STUDY-9",
    "DeviceSerialNumber": "SN-555",
    "PatientAddress": "1 Main Street",
}


def test_nothing_that_identifies_is_kept(make_dataset):
    row = describe(make_dataset(VALUES, **IDENTIFYING), NAMES)
    text = repr({name: value for name, value in row.items() if name != "day"})
    for secret in [*IDENTIFYING.values(), "Jane", "Doe", "1.2.826"]:
        assert secret not in text
    assert row["patient"].startswith("P-")


def test_a_patient_has_one_pseudonym_whatever_else_differs(make_dataset):
    def patient(**elements):
        return describe(make_dataset(VALUES, **elements), NAMES)["patient"]

    assert patient(PatientID="7", PatientName="A") == patient(PatientID="7", PatientName="B")
    assert patient(PatientID="7") != patient(PatientID="8")
    assert patient(PatientID="7", IssuerOfPatientID="X") != patient(PatientID="7")
    named = patient(PatientName="A", PatientBirthDate="19500102")
    assert named == patient(PatientName="A", PatientBirthDate="19500102")
    assert named != patient(PatientName="A", PatientBirthDate="19500103")
    same_study = {"StudyInstanceUID": "1.2.3"}
    assert patient(**same_study) == patient(**same_study) != patient(StudyInstanceUID="1.2.4")


@pytest.mark.parametrize(
    ("text", "years"),
    [("058Y", 58), ("006M", 0.5), ("097Y", 90), ("014D", 14 / 365.25), ("", None), ("old", None)],
)
def test_ages_are_years_and_the_oldest_are_alike(make_dataset, text, years):
    assert describe(make_dataset(VALUES, PatientAge=text), NAMES)["age"] == pytest.approx(years)


@pytest.mark.parametrize(
    ("directions", "plane", "middle"),
    [
        ([1, 0, 0, 0, 1, 0], "axial", (10 + 2.5 * 3, 20 + 1.5 * 2, 30)),
        ([1, 0, 0, 0, 0, -1], "coronal", (10 + 2.5 * 3, 20, 30 - 1.5 * 2)),
        ([0, 1, 0, 0, 0, -1], "sagittal", (10, 20 + 2.5 * 3, 30 - 1.5 * 2)),
        ([0.8, 0.6, 0, 0, 0, -1], "oblique", (10 + 6, 20 + 4.5, 30 - 3)),
    ],
)
def test_place_and_plane(make_dataset, directions, plane, middle):
    row = describe(
        make_dataset(
            VALUES,
            ImageOrientationPatient=directions,
            ImagePositionPatient=[10, 20, 30],
            PixelSpacing=[2, 3],
        ),
        NAMES,
    )
    assert row["plane"] == plane
    assert (row["x_mm"], row["y_mm"], row["z_mm"]) == pytest.approx(middle)
    assert (row["row_spacing_mm"], row["column_spacing_mm"]) == (2, 3)


def test_what_is_damaged_is_missing(make_dataset):
    row = describe(make_dataset(VALUES, PixelSpacing=[0, 0], StudyDate="20209999"), NAMES)
    assert row["row_spacing_mm"] is None
    assert row["day"] is None


def test_aspect_is_height_by_width(make_dataset):
    assert aspect(make_dataset(VALUES, PixelSpacing=[3, 1.5])) == 2
    assert aspect(make_dataset(VALUES, PixelAspectRatio=[1, 2])) == 0.5
    assert aspect(make_dataset(VALUES)) == 1
    assert aspect(make_dataset(VALUES, PixelSpacing=[1000, 1])) == 1
