import csv
import hashlib
import json

import numpy as np
import pytest

from cae.decoding.locate import locate
from cae.errors import CaeError
from cae.export.landmarks import write_landmarks


def test_the_table_holds_what_was_found_and_its_provenance_the_point(local_study, tmp_path):
    rows = np.array([1, 5, 9])
    found = locate(local_study, 2, 10, 11, rows)
    file = write_landmarks(local_study, 2, 10, 11, rows, found, tmp_path / "points.csv")
    with file.open() as opened:
        lines = list(csv.DictReader(opened))
    assert [int(line["row"]) for line in lines] == rows.tolist()
    assert [[int(line["x"]), int(line["y"])] for line in lines] == found.xy.tolist()
    assert [float(line["similarity"]) for line in lines] == pytest.approx(
        found.similarity, abs=1e-4
    )
    told = json.loads((tmp_path / "points.csv.provenance.json").read_text())
    assert told["landmark"]["image"] == "digit-0002"
    assert (told["landmark"]["x"], told["landmark"]["y"]) == (10, 11)
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_place_that_cannot_be_written_to_is_told(local_study, tmp_path):
    (tmp_path / "taken").write_text("a file")
    rows = np.array([1])
    found = locate(local_study, 2, 10, 11, rows)
    with pytest.raises(CaeError, match="cannot be written"):
        write_landmarks(local_study, 2, 10, 11, rows, found, tmp_path / "taken" / "points.csv")
