import errno
import hashlib
import os
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from cae.errors import CaeError
from cae.export.archive import (
    Entry,
    HashedFolder,
    HashedZip,
    new_archive,
    new_folder,
    new_zip,
    write_archive,
    write_files,
)

FILES = {"README.txt": b"hello\n", "images/one.png": b"\x89PNG", "images/two.png": b""}


def fill(archive) -> None:
    for name, content in FILES.items():
        archive.add(Entry(name, content))
    archive.add(Entry("latents.npy", iter([b"ab", b"cd"])))
    archive.add_checksums()


def contents(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file()]
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("name", ["out.zip", "OUT.ZIP", "out", "out.d"])
def test_zip_and_folder_hold_the_same_and_their_checksums_agree(tmp_path, name):
    path = tmp_path / name
    with new_archive(path) as archive:
        fill(archive)
    assert path.is_dir() == (not name.lower().endswith(".zip"))
    found = contents(path)
    lines = found.pop("checksums.sha256").decode().splitlines()
    assert found == {**FILES, "latents.npy": b"abcd"}
    assert lines == [
        f"{hashlib.sha256(found[name]).hexdigest()}  {name}" for name in (*FILES, "latents.npy")
    ]
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_sha256sum_accepts_a_folder(tmp_path):
    with new_folder(tmp_path / "out") as archive:
        fill(archive)
    check = ["sha256sum", "--check", "--strict", "checksums.sha256"]
    try:
        done = subprocess.run(check, cwd=tmp_path / "out", capture_output=True)
    except FileNotFoundError:
        pytest.skip("sha256sum is not installed")
    assert done.returncode == 0


def test_an_entry_knows_its_hash_once_it_is_written(tmp_path):
    for archive in (HashedZip(tmp_path / "a.zip"), HashedFolder(tmp_path / "a")):
        entry = Entry("file", [b"one", b"two"])
        archive.add(entry)
        assert entry.sha256 == hashlib.sha256(b"onetwo").hexdigest()
        archive.close()


def test_an_entry_is_made_after_the_one_before_it_was_written(tmp_path):
    def entries():
        first = Entry("first", iter([b"one", b"two"]))
        yield first
        yield Entry("hash", first.sha256.encode())

    write_files(tmp_path, entries())
    assert (tmp_path / "hash").read_text() == hashlib.sha256(b"onetwo").hexdigest()
    for name in ("out", "out.zip"):
        found = contents(write_archive(tmp_path / name, entries()))
        assert found["hash"].decode() == hashlib.sha256(b"onetwo").hexdigest()


@pytest.mark.parametrize("name", ["out.zip", "out", ""])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, name):
    closed = []

    def full():
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def entries():
        try:
            yield Entry("first", b"whole")
            yield Entry("second", full())
        finally:
            closed.append(True)

    with pytest.raises(CaeError, match="The disk is full.*make room"):
        if name:
            write_archive(tmp_path / name, entries())
        else:
            write_files(tmp_path, entries())
    assert list(tmp_path.iterdir()) == []
    assert closed == [True]


def test_files_beside_each_other_are_replaced_together_or_not_at_all(tmp_path):
    def entries(text: bytes, fails: bool):
        yield Entry("a.csv", text)
        if fails:
            raise KeyboardInterrupt
        yield Entry("a.csv.provenance.json", text)

    write_files(tmp_path, entries(b"old", fails=False))
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, entries(b"new", fails=True))
    assert contents(tmp_path) == {"a.csv": b"old", "a.csv.provenance.json": b"old"}


@pytest.mark.parametrize("name", ["out.zip", "out"])
def test_what_fails_leaves_nothing_behind(tmp_path, name):
    with pytest.raises(KeyboardInterrupt), new_archive(tmp_path / name) as archive:
        archive.add(Entry("README.txt", b"half"))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused_and_stays(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(CaeError, match="not empty; choose another"), new_folder(tmp_path / "out"):
        pytest.fail("nothing may be written")
    assert contents(tmp_path / "out") == {"mine.txt": b"keep"}


def test_an_empty_folder_is_used_and_a_zip_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out.zip").write_text("old")
    for name in ("out", "out.zip"):
        with new_archive(tmp_path / name) as archive:
            fill(archive)
        assert contents(tmp_path / name)["README.txt"] == b"hello\n"


@pytest.mark.parametrize(("make", "name"), [(new_zip, "out.zip"), (new_folder, "out")])
def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path, make, name):
    (tmp_path / "taken").write_text("a file")
    with (
        pytest.raises(CaeError, match="cannot be written"),
        make(tmp_path / "taken" / name) as archive,
    ):
        fill(archive)
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_file_in_the_way_of_a_folder_stays(tmp_path):
    (tmp_path / "out").write_text("mine")
    with (
        pytest.raises(CaeError, match="cannot be written"),
        new_folder(tmp_path / "out") as archive,
    ):
        fill(archive)
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_others_may_read_the_folder_as_far_as_the_umask_lets_them(tmp_path):
    with new_folder(tmp_path / "out") as archive:
        fill(archive)
    (tmp_path / "usual").mkdir()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("out", "usual")]
    assert modes[0] == modes[1]
