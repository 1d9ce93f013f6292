import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from cae.decoding.decoded_path import decode_path, walk
from cae.decoding.decoded_sample import DecodedSamples, cluster_members, decode_samples
from cae.errors import CaeError
from cae.export.dicom import export_dicom
from cae.export.synthetic import mark
from cae.sources.dicom.source import DicomSource
from cae.study.study import Study

LIKE = {"kind": "cluster", "cluster": 3}


def drawn(study: Study, seed: int = 7) -> DecodedSamples:
    samples = decode_samples(study, cluster_members(study, 3), LIKE, 3, seed)
    return replace(samples, off_data=np.array([False, True, False]))


@pytest.fixture
def samples(digits_study: Study) -> DecodedSamples:
    return drawn(digits_study)


@pytest.fixture
def out(digits_study: Study, samples: DecodedSamples, tmp_path: Path) -> Path:
    return export_dicom(digits_study, samples, tmp_path / "synthetic")


def datasets(out: Path) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(file) for file in sorted(out.glob("synthetic/*.dcm"))]


def test_each_is_a_secondary_capture_that_says_it_is_synthetic(out, samples):
    found = datasets(out)
    assert len(found) == 3
    for number, one in enumerate(found, 1):
        caption = f"SYNTHETIC {number}/3" + ("\nfar from every image" if number == 2 else "")
        assert np.array_equal(one.pixel_array, mark(samples.images[number - 1], caption))
        assert one.SOPClassUID == SecondaryCaptureImageStorage
        assert one.ConversionType == "SYN"
        assert one.BurnedInAnnotation == "YES"
        assert one.ImageType[:2] == ["DERIVED", "SECONDARY"]
        assert str(one.PatientID) == "SYNTHETIC"
        assert "not acquired from any subject" in one.DerivationDescription
        assert "no image of a real subject" in one.ImageComments
        assert ("far from every image" in one.ImageComments) == (number == 2)
        assert not [element for element in one.iterall() if element.VR in ("DT",)]
        assert not [one[name] for name in one.dir("Date", "Time") if one[name].value]


def test_uids_are_new_follow_from_the_images_and_stand_in_the_table(out, digits_study, tmp_path):
    found = datasets(out)
    uids = [one.SOPInstanceUID for one in found]
    assert len({*uids, found[0].StudyInstanceUID, found[0].SeriesInstanceUID}) == 5
    assert {one.SeriesInstanceUID for one in found} == {found[0].SeriesInstanceUID}
    assert all(uid.is_valid for uid in uids)
    lines = list(csv.DictReader((out / "synthetic-images.csv").open()))
    assert [line["sop_instance_uid"] for line in lines] == uids
    assert [line["off_data"] for line in lines] == ["False", "True", "False"]
    others = export_dicom(digits_study, drawn(digits_study, 8), tmp_path / "others-synthetic")
    assert not set(uids) & {one.SOPInstanceUID for one in datasets(others)}


def test_a_path_leaves_likewise_and_tells_how_it_was_made(digits_study, tmp_path):
    path = decode_path(digits_study, walk(digits_study, [3, 200], 4, "neighbours"))
    out = export_dicom(digits_study, path, tmp_path / "synthetic")
    assert len(datasets(out)) == 4
    told = json.loads((out / "provenance.json").read_text())
    assert told["dicom"]["made_from"] == {"kind": "neighbours", "anchor_rows": [3, 200]}
    assert told["images"]["synthetic"] == 4


def test_the_name_says_synthetic(digits_study, samples, tmp_path):
    with pytest.raises(CaeError, match="must contain 'synthetic'"):
        export_dicom(digits_study, samples, tmp_path / "scans")


def test_the_app_reads_them_again(out):
    read = DicomSource.from_argument(str(out / "synthetic")).load()
    assert len(read) == 3
