import csv
import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.export.masks import export_masks, file_stem
from cae.local.palette import region_colours
from cae.study.study import Study


def test_masks_areas_and_provenance_agree(local_study, tmp_path):
    rows = np.array([3, 10, 40])
    out = export_masks(local_study, rows, tmp_path / "masks")
    lines = list(csv.DictReader(io.StringIO((out / "areas.csv").read_text())))
    expected = local_study.local_model.pixels(local_study.images[rows]).labels
    packed = np.load(out / "masks.npz")
    np.testing.assert_array_equal(packed["labels"], expected)
    assert packed["rows"].tolist() == rows.tolist()
    for line, labels, row in zip(lines, expected, rows, strict=True):
        assert int(line["row"]) == row
        assert line["image"] == local_study.samples["id"].iloc[row]
        picture = Image.open(out / line["mask"])
        np.testing.assert_array_equal(np.asarray(picture), labels)
        assert picture.getpalette()[:12] == region_colours(4).flatten().tolist()
        for region in range(4):
            share = float(line[f"region {region} area"])
            assert share == pytest.approx((labels == region).mean(), abs=1e-6)
    told = json.loads((out / "provenance.json").read_text())
    assert told["study"]["local_model_hash"] == local_study.digest("local")
    assert told["masks"] == {"images": 3, "regions": 4}
    assert told["steps"]["local"]["parameters"]["regions"] == 4


def test_every_file_has_a_checksum(local_study, tmp_path):
    file = export_masks(local_study, np.arange(5), tmp_path / "masks.zip")
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lines = files.pop("checksums.sha256").decode().splitlines()
    assert set(files) == {line.split("  ", 1)[1] for line in lines}
    for line in lines:
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(files[name]).hexdigest() == digest


def test_the_areas_are_those_of_the_step(local_study, tmp_path):
    out = export_masks(local_study, np.arange(len(local_study)), tmp_path / "all")
    with (out / "areas.csv").open() as file:
        shares = [float(line["region 2 area"]) for line in csv.DictReader(file)]
    np.testing.assert_allclose(shares, local_study.areas["region 2 area"], atol=1e-6)


def test_ids_that_tell_who_a_patient_is_stay_out(local_study, tmp_path):
    local_study.manifest["identifying"] = ["patient", "id"]
    out = export_masks(local_study, np.array([4]), tmp_path / "masks")
    assert [file.name for file in (out / "masks").iterdir()] == ["row-0000004.png"]
    assert "digit-0004" not in (out / "areas.csv").read_text()


def test_a_full_folder_and_a_missing_model_are_refused(local_study, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    with pytest.raises(CaeError, match="not empty"):
        export_masks(local_study, np.array([0]), tmp_path / "full")
    with pytest.raises(CaeError, match="--method local"):
        other = local_study.path.parent / "other.zip"
        local_study.manifest["steps"].pop("local")
        export_masks(local_study, np.array([0]), other)
    with pytest.raises(CaeError, match="choose at least one"):
        export_masks(Study.open(local_study.path), np.array([], int), tmp_path / "none")


def test_masks_found_a_few_at_a_time_are_the_same(local_study, tmp_path, monkeypatch):
    whole = export_masks(local_study, np.arange(7), tmp_path / "whole")
    monkeypatch.setattr("cae.export.masks._IMAGES_AT_ONCE", 3)
    told = []
    parts = export_masks(
        local_study, np.arange(7), tmp_path / "parts", progress=lambda *done: told.append(done[:2])
    )
    assert told == [(3, 7), (6, 7), (7, 7)]
    for name in ("areas.csv", "masks.npz", "masks/digit-0006.png"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes()


def test_the_file_is_named_after_the_images_where_that_may_be_told(local_study):
    assert file_stem(local_study, "left side") == "masks-left-side"
    assert file_stem(local_study, "scans of patient 3") == "masks-images"
    assert file_stem(local_study, "of patient 3", identifying=True) == "masks-of-patient-3"
