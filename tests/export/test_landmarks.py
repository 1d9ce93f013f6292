import csv
import hashlib
import json

import numpy as np
import pytest

from cae.decoding.locate import locate
from cae.errors import CaeError
from cae.export.documented import provenance_file
from cae.export.landmarks import export_landmarks, file_stem


def test_the_table_holds_what_was_found_and_its_provenance_the_point(local_study, tmp_path):
    rows = np.array([1, 5, 9])
    landmarks = locate(local_study, 2, 10, 11, rows)
    file = export_landmarks(local_study, landmarks, tmp_path / "points.csv")
    with file.open() as opened:
        lines = list(csv.DictReader(opened))
    assert [int(line["row"]) for line in lines] == rows.tolist()
    assert [[int(line["x"]), int(line["y"])] for line in lines] == landmarks.found.xy.tolist()
    assert [float(line["similarity"]) for line in lines] == pytest.approx(
        landmarks.found.similarity, abs=1e-4
    )
    assert provenance_file(file) == tmp_path / "points.csv.provenance.json"
    told = json.loads(provenance_file(file).read_text())
    assert told["landmarks"] == {
        "row": 2,
        "image": "digit-0002",
        "x": 10,
        "y": 11,
        "images": 3,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    assert told["study"]["local_model_hash"] == local_study.digest("local")
    assert file_stem(local_study, landmarks) == "landmark-digit-0002-x-10-y-11"


def test_a_place_that_cannot_be_written_to_is_told(local_study, tmp_path):
    (tmp_path / "taken").write_text("a file")
    landmarks = locate(local_study, 2, 10, 11, np.array([1]))
    with pytest.raises(CaeError, match="cannot be written"):
        export_landmarks(local_study, landmarks, tmp_path / "taken" / "points.csv")
