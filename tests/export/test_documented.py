import hashlib
import json
from pathlib import Path

import pytest

from cae.errors import CaeError
from cae.export.documented import provenance_file, write_documented, writer_for
from cae.export.redaction import disclosure
from cae.progress import silent
from cae.study.study import Study


def test_a_file_its_provenance_and_what_explains_it_lie_side_by_side(
    digits_study: Study, tmp_path: Path
):
    out, moments = tmp_path / "out" / "things.csv", []
    out.parent.mkdir()
    returned = write_documented(
        digits_study,
        disclosure(digits_study, identifying=False),
        out,
        iter([b"a,b\n", b"1,2\n"]),
        "things",
        {"count": 1},
        lambda *moment: moments.append(moment),
        columns=["ink", "patient"],
        beside={".picture.svg": b"<svg/>"},
    )
    assert returned == out
    assert out.read_bytes() == b"a,b\n1,2\n"
    assert out.with_name("things.csv.picture.svg").read_bytes() == b"<svg/>"
    told = json.loads(provenance_file(out).read_text("utf-8"))
    assert provenance_file(out).name == "things.csv.provenance.json"
    assert told["things"] == {"count": 1, "sha256": hashlib.sha256(out.read_bytes()).hexdigest()}
    assert told["columns_exported"] == ["ink"]
    assert len(list(out.parent.iterdir())) == 3
    assert [moment[:2] for moment in moments] == [(1, 3), (2, 3), (3, 3)]


def test_where_it_fails_nothing_is_replaced(digits_study: Study, tmp_path: Path):
    def broken():
        yield b"new"
        raise CaeError("the disk is full")

    out = tmp_path / "out" / "things.csv"
    out.parent.mkdir()
    out.write_bytes(b"old")
    told = disclosure(digits_study, identifying=False)
    with pytest.raises(CaeError, match="the disk is full"):
        write_documented(digits_study, told, out, broken(), "things", {}, silent)
    assert out.read_bytes() == b"old"
    assert list(out.parent.iterdir()) == [out]


def test_the_ending_chooses_the_writer_whatever_its_case(tmp_path: Path):
    writers = {".csv": str.encode, ".svg": lambda text: b"<svg/>"}
    assert writer_for(tmp_path / "a.SVG", writers)("x") == b"<svg/>"
    with pytest.raises(CaeError, match=r"a\.png ends in none of \.csv, \.svg; name the file so"):
        writer_for(tmp_path / "a.png", writers)
