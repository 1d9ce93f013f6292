import os

import pytest

from cae.errors import CaeError
from cae.sources.walk import last_change, walk


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_all_files_but_hidden_ones_are_listed_in_order(tmp_path):
    for name in ("b", "a/2.x", "a/1", ".hidden", ".git/c", "__MACOSX/d", "@eaDir/e"):
        put(tmp_path / name)
    assert walk(tmp_path).files == ["a/1", "a/2.x", "b"]
    assert walk(tmp_path).problems == []


def test_links_and_pipes_are_reported(tmp_path):
    put(tmp_path / "in/a")
    put(tmp_path / "out/secret")
    (tmp_path / "in/file").symlink_to(tmp_path / "out/secret")
    (tmp_path / "in/folder").symlink_to(tmp_path / "out")
    os.mkfifo(tmp_path / "in/pipe")
    found = walk(tmp_path / "in")
    assert found.files == ["a"]
    assert sorted(found.problems) == [
        ("file", "links are not followed"),
        ("folder", "links are not followed"),
        ("pipe", "it is no regular file"),
    ]


def test_one_file_is_a_folder_of_one(tmp_path):
    put(tmp_path / "a")
    put(tmp_path / "b")
    assert walk(tmp_path / "a").files == ["a"]
    with pytest.raises(CaeError, match="There is no folder or file"):
        walk(tmp_path / "missing")


def test_a_folder_changes_with_what_is_within_and_with_its_tables(tmp_path):
    for name in ("b.png", "deep/down/a.png", "deep/table.csv"):
        put(tmp_path / name)
    for path in [tmp_path, *tmp_path.rglob("*")]:
        os.utime(path, ns=(10, 10))
    before = last_change(tmp_path, {".csv"})
    assert before == 10
    os.utime(tmp_path / "b.png", ns=(99, 99))
    assert last_change(tmp_path, {".csv"}) == before
    os.utime(tmp_path / "deep/table.csv", ns=(50, 50))
    assert last_change(tmp_path, {".csv"}) == 50
    put(tmp_path / "deep/down/c.png")
    assert last_change(tmp_path, {".csv"}) > 50
