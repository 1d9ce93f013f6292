import os

import pytest

from cae.errors import CaeError
from cae.sources.walk import walk


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
