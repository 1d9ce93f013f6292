"""Learnt outlines as files."""

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.decoding.outline import LearntOutlines, learn_outlines
from cae.export.outlines import export_outlines
from cae.local.transfer import TransferSettings
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    images = digits_imageset(60)
    strokes = np.where(images.images > 128, np.uint8(255), np.uint8(0))
    masks = np.concatenate([strokes, 255 - strokes], axis=3)
    imageset = replace(images, masks=masks, mask_names=("stroke", "ground/paper"))
    return Study.create(tmp_path_factory.mktemp("studies") / "digits", imageset, "digits")


@pytest.fixture(scope="module")
def learnt(study: Study) -> LearntOutlines:
    return learn_outlines(study, np.array([0, 6]), TransferSettings(steps=3, width=4))


def test_pictures_table_and_provenance_agree(
    study: Study, learnt: LearntOutlines, tmp_path: Path
) -> None:
    out = export_outlines(study, learnt, tmp_path / "outlines")
    found = learnt.segmenter.masks(np.asarray(study.images))
    lines = list(csv.DictReader(io.StringIO((out / "outlines.csv").read_text())))
    assert [int(line["row"]) for line in lines] == list(range(60))
    assert [row for row in range(60) if lines[row]["learnt_from"] == "True"] == [0, 6]
    folders = sorted(folder.name for folder in (out / "outlines").iterdir())
    assert len(folders) == 2
    for line, mask in zip(lines, found, strict=True):
        picture = np.asarray(Image.open(out / "outlines" / "stroke" / f"{line['image']}.png"))
        assert np.array_equal(picture, mask[..., 0] * 255)
        assert float(line["stroke area"]) == pytest.approx(mask[..., 0].mean())
        assert float(line["ground/paper area"]) == pytest.approx(mask[..., 1].mean())
    told = json.loads((out / "provenance.json").read_text())["outlines"]
    assert (told["images"], told["learnt_from"], told["measured_on"]) == (60, 2, 50)
    assert told["training"]["steps"] == 3
    assert told["agreement"]["stroke"]["dice"] == pytest.approx(learnt.agreement[0].dice, abs=1e-4)


def test_every_file_has_a_checksum_and_ids_may_stay_out(
    study: Study, learnt: LearntOutlines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(study.manifest, "identifying", ["patient", "id"])
    file = export_outlines(study, learnt, tmp_path / "outlines.zip")
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lines = files.pop("checksums.sha256").decode().splitlines()
    assert {line.split("  ", 1)[1] for line in lines} == set(files)
    for line in lines:
        digest, name = line.split("  ", 1)
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert not any(b"digit-0005" in name.encode() + content for name, content in files.items())
