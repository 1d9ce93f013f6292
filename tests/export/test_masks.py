import csv
import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.export.masks import export_masks
from cae.local.palette import region_colours


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
    assert told["masks"]["local_model_hash"] == local_study.digest("local")
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
    assert [file.name for file in (out / "masks").iterdir()] == ["row_4.png"]
    assert "digit-0004" not in (out / "areas.csv").read_text()


def test_a_full_folder_and_a_missing_model_are_refused(local_study, digits_study, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    with pytest.raises(CaeError, match="not empty"):
        export_masks(local_study, np.array([0]), tmp_path / "full")
