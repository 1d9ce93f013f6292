"""Files behind addresses, in fsspec's file system in memory and on this computer."""

import io

import fsspec
import pytest

from cae.errors import CaeError
from cae.stores import (
    Store,
    StoredFile,
    checked_address,
    copy_files,
    is_address,
    with_local_paths,
)


@pytest.fixture
def memory():
    """fsspec's file system in memory, empty."""
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    yield found
    found.store.clear()


def test_addresses_are_told_from_paths():
    assert is_address("s3://bucket/scans")
    assert is_address("MEMORY://scans")
    assert not any(map(is_address, ("/home/me", "C:\\scans", "scans", "npz:scans.npz", "s3:/x")))
    assert with_local_paths("file:///home/me/scans") == "/home/me/scans"
    assert with_local_paths("s3://bucket/scans,x.csv") == "s3://bucket/scans,x.csv"
    assert with_local_paths("s3://bucket/scans,local:///x.csv") == "s3://bucket/scans,/x.csv"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("zip://a::s3://bucket/x.zip", "a chain of addresses"),
        ("simplecache::s3://bucket/x", "a chain of addresses"),
        ("reference://x", "not read through reference; use an address of memory, file"),
        ("http://169.254.169.254/latest", "not read through http"),
        ("s3://", "names no place"),
        ("sftp://me:secret@server/scans", "holds a password"),
    ],
)
def test_what_is_no_address_of_a_store_is_refused(address, said):
    with pytest.raises(CaeError, match=said) as caught:
        checked_address(address)
    assert "secret" not in str(caught.value)


def test_a_store_whose_package_is_missing_says_which(monkeypatch):
    def missing(*_, **__):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(CaeError, match=r"cannot be read yet \(Install s3fs to access S3\);"):
        Store("s3://bucket/scans")


def test_a_store_that_cannot_be_reached_is_a_sentence(memory, monkeypatch):
    def refused(*_, **__):
        raise PermissionError("Access Denied")

    memory.pipe("/scans/a.png", b"a")
    store = Store("memory://scans")
    monkeypatch.setattr(type(memory), "find", refused)
    monkeypatch.setattr(type(memory), "_open", refused)
    for call in (store.list, lambda: store.open("a.png")):
        with pytest.raises(CaeError, match=r"memory://scans cannot be read \(Access Denied\)"):
            call()


def test_files_are_listed_with_sizes_and_copied(memory, tmp_path):
    for name, content in {"a.png": b"one", "b/c.png": b"three", "b/d/e.png": b""}.items():
        memory.pipe(f"/scans/{name}", content)
    memory.pipe("/scans2/other.png", b"of another folder")
    store = Store("memory://scans/")
    listing = store.list()
    assert listing.files == [
        StoredFile("a.png", 3),
        StoredFile("b/c.png", 5),
        StoredFile("b/d/e.png", 0),
    ]
    told = []
    problems = copy_files(store, listing.files, tmp_path, lambda *done: told.append(done))
    assert problems == []
    copied = {str(p.relative_to(tmp_path)): p.read_bytes() for p in tmp_path.rglob("*.png")}
    assert copied == {"a.png": b"one", "b/c.png": b"three", "b/d/e.png": b""}
    assert told == [(3, 3, "fetching files")]
    one = Store("memory://scans/b/c.png").list()
    assert one.is_file
    assert one.files == [StoredFile("c.png", 5)]
    with pytest.raises(CaeError, match="There is nothing at memory://elsewhere"):
        Store("memory://elsewhere").list()


def test_names_that_lead_out_are_never_written(memory, tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    memory.pipe("/scans/good.png", b"good")
    for name in ("../../outside.png", "..", "a//b.png", "a\\..\\b.png", "x\0.png", "./c.png"):
        memory.store[f"/scans/{name}"] = memory.store["/scans/good.png"]
    listing = Store("memory://scans").list()
    assert [file.name for file in listing.files] == ["good.png"]
    assert copy_files(Store("memory://scans"), listing.files, inside) == []
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "good.png"]


def test_links_and_unknown_sizes_are_no_files(tmp_path, memory, monkeypatch):
    told = {
        "/scans/a": {"type": "file", "size": 1, "islink": True},
        "/scans/b": {"type": "other", "size": 1},
        "/scans/c": {"type": "file", "size": None},
        "/scans/d": {"type": "file", "size": 2},
        "/scans/e": {"type": "directory", "size": 0},
        "/scans/f/": {"type": "file", "size": 0},
    }
    monkeypatch.setattr(type(memory), "find", lambda *_, **__: told)
    listing = Store("memory://scans").list()
    assert listing.files == [StoredFile("d", 2)]
    assert [name for name, _ in listing.problems] == ["a", "b", "c"]


def test_no_more_is_copied_than_a_store_promises(memory, tmp_path):
    memory.pipe("/scans/long.png", b"x" * 100)
    memory.pipe("/scans/short.png", b"x")
    asked = [StoredFile("long.png", 10), StoredFile("short.png", 10), StoredFile("gone.png", 1)]
    problems = dict(copy_files(Store("memory://scans"), asked, tmp_path))
    assert "does not have the 10 bytes" in problems["long.png"]
    assert "does not have the 10 bytes" in problems["short.png"]
    assert "There is no file" in problems["gone.png"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_named_like_a_folder_is_told(memory, tmp_path, monkeypatch):
    monkeypatch.setattr(type(memory), "_open", lambda *_, **__: io.BytesIO(b"x"))
    asked = [StoredFile("a/b.png", 1), StoredFile("a", 1)]
    ((name, reason),) = copy_files(Store("memory://scans"), asked, tmp_path)
    assert name in ("a", "a/b.png")
    assert reason == "its name is that of a folder or file beside it"


def test_what_finds_no_room_is_refused_before(memory, tmp_path):
    memory.pipe("/scans/a.png", b"x")
    with pytest.raises(CaeError, match=r"memory://scans has 1000000000\.0 GB"):
        copy_files(Store("memory://scans"), [StoredFile("a.png", 10**18)], tmp_path)
    assert list(tmp_path.iterdir()) == []
