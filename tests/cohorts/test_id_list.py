"""Cohorts from lists of ids: compared exactly, whatever they look like."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.id_list import read_id_list
from cae.cohorts.selection import Selection
from cae.decoding.replay import replay_on
from cae.errors import CaeError
from cae.export.cohort import CohortExport, export_cohort
from cae.export.provenance import study_digests
from cae.study.study import Study

IDS = pd.Series(["007", "7", "a,b", "-5", "A", "1e3", "12345678901234567890", "é"])


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "rows", "unknown"),
    [
        ("id\n007\n", [0], ()),
        ("id\n7\n07\n", [1], ("07",)),
        ("id,note\nA,x\na,y\n", [4], ("a",)),
        ('id\n"a,b"\n1000\n1e3\n', [2, 5], ("1000",)),
        ("id\n12345678901234567890\n12345678901234567891\n", [6], ("12345678901234567891",)),
        ("id\n'-5\né\n", [3, 7], ()),
        ("007\n7\n", [0, 1], ()),
        ("site,name\nleft,A\nright,007\n", [0, 4], ()),
        ("id,name\nx,A\n", [], ("x",)),
    ],
)
def test_ids_are_compared_exactly(tmp_path, text, rows, unknown):
    found = read_id_list(write(tmp_path / "ids.csv", text), IDS)
    assert found.rows.tolist() == rows
    assert found.unknown == unknown
    assert found.listed == len(rows) + len(unknown)


def test_what_matched_is_told(tmp_path):
    lines = ["id,x", "007,1", "007,1", "b,1", ",1", *(f"c{n},1" for n in range(6))]
    found = read_id_list(write(tmp_path / "ids.csv", "\n".join(lines)), IDS)
    assert (found.listed, found.repeated, found.without_id) == (8, 1, 1)
    assert found.sentence == (
        "1 of 8 ids name an image (12.5 %); unknown: 'b', 'c0', 'c1', 'c2', 'c3' and 2 more; "
        "lines that repeat an id: 1; lines without one: 1."
    )


def test_misuse_is_said(tmp_path):
    path = write(tmp_path / "ids.csv", "id,name\nx,A\n")
    with pytest.raises(CaeError, match=r"None of the 1 ids .*zeros in front count"):
        read_id_list(path, IDS).selection("ids.csv")
    with pytest.raises(CaeError, match="no column 'key'; choose one of id, name"):
        read_id_list(path, IDS, "key")
    assert read_id_list(path, IDS, "name").rows.tolist() == [4]


def test_an_export_comes_back_as_the_same_cohort_and_replays(digits_study: Study, tmp_path):
    rows = np.array([3, 14, 15, 92])
    lasso = Selection.empty().combine(rows, "replace", {"kind": "lasso"})
    cohort = digits_study.cohorts.save("pi", lasso, **study_digests(digits_study))
    export_cohort(digits_study, CohortExport(cohort), tmp_path / "pi.zip")
    with zipfile.ZipFile(tmp_path / "pi.zip") as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("images.csv"))
        (tmp_path / "images.csv").write_bytes(archive.read(name))
    found = read_id_list(tmp_path / "images.csv", digits_study.samples["id"])
    assert (found.column, found.unknown) == ("id", ())
    selection = found.selection("images.csv")
    assert selection.rows.tolist() == rows.tolist()
    assert replay_on(digits_study, selection.history) == selection
