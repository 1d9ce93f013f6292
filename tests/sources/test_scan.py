import os

import pytest

from cae.errors import CaeError
from cae.sources.scan import scan_folder


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_images_and_tables_are_found_at_any_depth_in_order(tmp_path):
    for name in ("b/2.PNG", "b/10.jpeg", "a.tif", "b/c/d.webp", "t.csv", "b/u.TSV"):
        touch(tmp_path / name)
    scan = scan_folder(tmp_path)
    assert scan.pictures == ["a.tif", "b/10.jpeg", "b/2.PNG", "b/c/d.webp"]
    assert scan.tables == ["b/u.TSV", "t.csv"]
    assert scan.problems == []


def test_other_files_are_reported_and_hidden_ones_are_not(tmp_path):
    for name in ("read.me", "scan.dcm", ".DS_Store", "._a.png", ".git/b.png", "__MACOSX/c.png"):
        touch(tmp_path / name)
    scan = scan_folder(tmp_path)
    assert scan.pictures == []
    assert [file for file, _ in scan.problems] == ["read.me", "scan.dcm"]


def test_links_that_lead_out_of_the_folder_are_refused(tmp_path):
    outside = touch(tmp_path / "outside" / "secret.png")
    folder = tmp_path / "folder"
    inside = touch(folder / "a.png")
    (folder / "out.png").symlink_to(outside)
    (folder / "up.png").symlink_to("../outside/secret.png")
    (folder / "broken.png").symlink_to("nowhere.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "fine.png").symlink_to(inside)
    (folder / "all").symlink_to(tmp_path / "outside")
    scan = scan_folder(folder)
    assert scan.pictures == ["a.png", "fine.png"]
    reasons = dict(scan.problems)
    assert set(reasons) == {"out.png", "up.png", "broken.png", "loop.png", "all"}
    assert "leads out" in reasons["out.png"]
    assert "not followed" in reasons["all"]


def test_a_link_to_the_folder_itself_may_be_given(tmp_path):
    touch(tmp_path / "real" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert scan_folder(tmp_path / "link").pictures == ["a.png"]


def test_pipes_are_no_images(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert scan_folder(tmp_path).problems == [("pipe.png", "it is no regular file")]


def test_names_may_be_no_utf8(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    touch(tmp_path / name)
    assert scan_folder(tmp_path).pictures == [name]


def test_a_missing_folder_gets_a_sentence(tmp_path):
    for path in (tmp_path / "none", touch(tmp_path / "file")):
        with pytest.raises(CaeError, match="There is no folder"):
            scan_folder(path)


def test_what_systems_make_is_no_part_of_the_set(tmp_path):
    junk = [
        "@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg",
        "$RECYCLE.BIN/$R1.png",
        "Thumbs.db",
        "desktop.ini",
    ]
    junk += [".thumbnails/a.png", "~$t.xlsx", "System Volume Information/x.png"]
    for name in ("a.png", *junk):
        touch(tmp_path / name)
    scan = scan_folder(tmp_path)
    assert (scan.pictures, scan.tables, scan.problems) == (["a.png"], [], [])


def test_thumbnails_are_left_out_beside_other_images_only(tmp_path):
    for name in ("a.png", "x/thumbs/a.png", "x/thumbs/b.png"):
        touch(tmp_path / "set" / name)
    scan = scan_folder(tmp_path / "set")
    assert scan.pictures == ["a.png"]
    assert scan.problems == [("x/thumbs", "thumbnails of other images: 2 files")]
    touch(tmp_path / "other" / "thumbs" / "a.png")
    assert scan_folder(tmp_path / "other").pictures == ["thumbs/a.png"]


def test_many_files_of_one_kind_are_one_problem(tmp_path):
    for number in range(20):
        touch(tmp_path / f"{number}.json")
    touch(tmp_path / "read.me")
    problems = dict(scan_folder(tmp_path).problems)
    assert set(problems) == {"files ending in .json", "read.me"}
    assert problems["files ending in .json"].startswith("20 such as ")


def test_tables_of_other_kinds_say_how_to_convert_them(tmp_path):
    for name in ("t.xls", "t.ods", "t.xlsx", "t.parquet", "t.jsonl"):
        touch(tmp_path / name)
    scan = scan_folder(tmp_path)
    assert scan.tables == ["t.jsonl", "t.parquet", "t.xlsx"]
    assert sorted(file for file, _ in scan.problems) == ["t.ods", "t.xls"]
    assert all("save it as CSV" in reason for _, reason in scan.problems)
