import os
import zipfile

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import parse, with_size
from cae.sources.dicom.source import DicomSource
from cae.sources.unzip import unpack_zip
from cae.storage import read_table, write_table

RAMP = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "scans"


def test_every_frame_is_a_row_with_what_is_known_of_it(folder, make_file, tmp_path):
    make_file(folder / "a", RAMP, PatientID="1", Modality="CT", StudyDate="20200101")
    frames = np.stack([RAMP, RAMP[::-1], RAMP.T])
    make_file(folder / "sub/b.dcm", frames, PatientID="2", Modality="US")
    make_file(folder / "sub/c.dcm", RAMP, PatientID="1", Modality="CT", StudyDate="20200131")
    imageset = DicomSource(folder).load()
    table = imageset.table
    assert imageset.images.shape == (5, 64, 64, 1)
    assert table["file"].tolist() == ["a", *["sub/b.dcm"] * 3, "sub/c.dcm"]
    assert table["frame"].tolist() == [1, 1, 2, 3, 1]
    assert table["modality"].tolist() == ["CT", "US", "US", "US", "CT"]
    assert table["days_since_first"].tolist()[::4] == [0, 30]
    assert table["patient"].nunique() == 2
    assert table["patient"][0] == table["patient"][4]
    assert table["patient"].str.startswith("P-").all()
    assert table.groupby("patient")["split"].nunique().max() == 1
    expected = np.rint(RAMP / RAMP.max() * 255)
    assert np.array_equal(imageset.images[0, ..., 0], expected)
    assert np.array_equal(imageset.images[2, ..., 0], expected[::-1])
    assert np.array_equal(imageset.images[3, ..., 0], expected.T)
    assert table["white_value"].eq(RAMP.max()).all()
    write_table(tmp_path / "t.parquet", table)
    assert read_table(tmp_path / "t.parquet").columns.tolist() == table.columns.tolist()


def test_pseudonyms_are_the_same_in_every_import_of_a_user_only(folder, make_file, monkeypatch):
    make_file(folder / "a", RAMP, PatientID="1")
    first = DicomSource(folder).load().table["patient"][0]
    assert DicomSource(folder).load().table["patient"][0] == first
    monkeypatch.setenv("CAE_HOME", str(folder.parent / "other home"))
    assert DicomSource(folder).load().table["patient"][0] != first


def test_what_may_quote_a_person_is_identifying_and_nothing_else_names_one(folder, make_file):
    secrets = {"PatientName": "Doe^Jane", "PatientID": "MRN77", "AccessionNumber": "ACC99"}
    make_file(folder / "jane.dcm", RAMP, SeriesDescription="for Jane Doe", **secrets)
    imageset = DicomSource(folder).load()
    assert set(imageset.identifying) == {"file", "series_description"}
    rest = imageset.table.drop(columns=list(imageset.identifying)).to_csv()
    assert not any(word in rest for word in ("Jane", "Doe", "MRN77", "ACC99", "1.2.826"))


def test_a_number_without_its_issuer_is_of_the_only_one_who_gave_it(folder, make_file):
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    for number, (patient, issuer) in enumerate([("7", ""), ("7", "A"), ("8", ""), ("9", "A")]):
        more = {"IssuerOfPatientID": issuer} if issuer else {}
        make_file(folder / f"{number}.dcm", values + number, PatientID=patient, **more)
    imageset = DicomSource(folder).load()
    patients = imageset.table["patient"]
    assert patients[0] == patients[1]
    assert patients.nunique() == 3
    assert imageset.problems.empty
    make_file(folder / "4.dcm", values + 4, PatientID="7", IssuerOfPatientID="B")
    imageset = DicomSource(folder).load()
    assert imageset.table["patient"].nunique() == 5
    assert imageset.problems["file"].tolist() == ["0.dcm"]
    assert "given by several issuers" in imageset.problems["reason"][0]


def test_orientations_of_one_series_are_told_apart(folder, make_file):
    for number, directions in enumerate([[1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1]] * 2):
        make_file(
            folder / f"{number}.dcm",
            RAMP,
            SeriesInstanceUID="1.2.3",
            ImageOrientationPatient=directions,
        )
    table = DicomSource(folder).load().table
    assert table["stack"].tolist() == [1, 2, 1, 2]
    assert table["plane"].tolist() == ["axial", "coronal"] * 2


def test_pixels_are_made_square_before_the_image(folder, make_file):
    make_file(folder / "a", RAMP[:32], PixelSpacing=[2, 1])
    image = DicomSource(folder).load().images[0, ..., 0]
    assert image.shape == (64, 64)
    # The 32 lines, twice as high as wide, fill the square without black above or below.
    assert image[-1].min() > 240


def test_images_come_in_the_size_of_a_study_that_they_join(folder, make_file):
    make_file(folder / "a", RAMP)
    assert with_size(DicomSource(folder), 28).load().images.shape == (1, 28, 28, 1)


def test_colour_and_grey_in_one_set(folder, make_file):
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    make_file(folder / "a", red)
    make_file(folder / "b", RAMP)
    images = DicomSource(folder).load().images
    assert images.shape == (2, 64, 64, 3)
    assert images[0, 5, 5].tolist() == [200, 0, 0]


def test_damaged_and_other_files_are_reported_and_the_rest_is_read(folder, make_file):
    whole = make_file(folder / "a.dcm", RAMP)
    (folder / "cut.dcm").write_bytes(whole.read_bytes()[:3000])
    (folder / "empty.dcm").write_bytes(b"")
    (folder / "notes.txt").write_text("hello")
    (folder / "noise").write_bytes(np.random.default_rng(0).bytes(4000))
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/etc/passwd")
    imageset = DicomSource(folder).load()
    reasons = dict(imageset.problems.itertuples(index=False))
    assert imageset.table["file"].tolist() == ["a.dcm"]
    assert "less than expected" in reasons["cut.dcm"]
    assert reasons["empty.dcm"] == "the file is empty (0 bytes)"
    assert reasons["notes.txt"] == "it is no DICOM file"
    assert reasons["noise"] == "it is no DICOM file"
    assert reasons["pipe"] == "it is no regular file"
    assert reasons["link"] == "links are not followed"


def test_a_table_of_contents_leads_nowhere(folder, tmp_path):
    from pydicom.fileset import FileSet

    outside = tmp_path / "outside.dcm"
    folder.mkdir()
    FileSet().write(folder)
    assert (folder / "DICOMDIR").exists()
    with pytest.raises(CaeError, match="DICOMDIR"):
        DicomSource(folder).load()
    assert not outside.exists()


def test_a_zip_file_and_a_single_file(folder, make_file, tmp_path):
    file = make_file(folder / "a.dcm", RAMP, PatientID="1")
    packed = tmp_path / "scans.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(file, "p/a.dcm")
    imageset = DicomSource(packed).load()
    assert imageset.name == "scans"
    assert imageset.table["file"].tolist() == ["p/a.dcm"]
    assert np.array_equal(imageset.images, DicomSource(file).load().images)
    assert unpack_zip(packed, tmp_path / "unpacked").is_dir()


def test_given_splits_that_tear_a_patient_apart_are_told_once(folder, make_file):
    for place, patient in (("test/a", "1"), ("train/b", "1"), ("train/c", "2")):
        make_file(folder / f"{place}.dcm", np.stack([RAMP, RAMP[::-1]]), PatientID=patient)
    assert DicomSource(folder).load().problems.values.tolist() == [
        ["test/a.dcm", "its patient has images in several splits: test, train"]
    ]


def test_splits_of_folders_hold(folder, make_file):
    for split in ("train", "test"):
        make_file(folder / split / "a.dcm", RAMP, PatientID=split)
    assert DicomSource(folder).load().table["split"].tolist() == ["test", "train"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [({}, "holds no file"), ({"a.txt": b"hello"}, "no DICOM files"), ({"a.dcm": b""}, "empty")],
)
def test_nothing_to_read_is_an_error(folder, content, sentence):
    folder.mkdir()
    for name, contents in content.items():
        (folder / name).write_bytes(contents)
    with pytest.raises(CaeError, match=sentence):
        DicomSource(folder).load()
    with pytest.raises(CaeError, match="There is no folder or file"):
        DicomSource(folder / "missing").load()


def test_arguments(folder):
    assert parse(f"dicom:{folder}") == DicomSource(folder)
    with pytest.raises(CaeError, match="dicom:PATH"):
        parse("dicom:")


def test_some_frames_are_shown_as_an_import_shows_them(folder, make_file):
    for number in range(12):
        make_file(folder / f"{number:02d}.dcm", RAMP + number, PatientName="Doe^Jane")
    (folder / "readme.txt").write_text("no image")
    source = DicomSource(folder)
    assert [file.name for file in source.example_files(2)] == ["00.dcm", "readme.txt"]
    shown = source.examples(13)
    assert shown.files == tuple(f"image {number}" for number in range(1, 13))
    np.testing.assert_array_equal(shown.images, source.load().images)
    assert source.examples(3).images.shape == (2, 64, 64, 1)


def test_nothing_to_show_is_said(folder):
    folder.mkdir()
    (folder / "readme.txt").write_text("no image")
    with pytest.raises(CaeError, match="holds no DICOM files"):
        DicomSource(folder).examples(4)
