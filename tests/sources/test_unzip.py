import io
import random
import stat
import zipfile

import pytest

from cae.errors import CaeError
from cae.sources import unzip
from cae.sources.unzip import unpack_zip


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def refused(file, folder, sentence):
    with pytest.raises(CaeError, match=sentence) as caught:
        unpack_zip(file, folder)
    assert str(caught.value).endswith(".")
    assert not folder.exists()
    assert [path for path in folder.parent.iterdir() if path != file] == []


def test_files_and_folders_are_unpacked(tmp_path):
    members = [("a.png", b"1"), ("b/c/d.png", b"22"), ("e/", b""), ("b\\f.png", b"3")]
    seen = []
    folder = unpack_zip(
        zipped(tmp_path / "a.zip", members), tmp_path / "out", lambda *s: seen.append(s)
    )
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == {"a.png": b"1", "b/c/d.png": b"22", "b/f.png": b"3"}
    assert seen == [(3, 3, "unpacking")]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/etc/evil",
        "\\evil",
        "C:\\evil",
        "..\\evil",
        "a/..",
        "x\0y",
    ],
)
def test_paths_that_lead_out_are_refused(tmp_path, name):
    # zipfile would tidy the name when writing, so that it is put in afterwards.
    placeholder = "n" * len(name)
    zipped(tmp_path / "a.zip", [("fine.png", b"1"), (placeholder, b"evil")])
    content = (tmp_path / "a.zip").read_bytes().replace(placeholder.encode(), name.encode())
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", tmp_path / "out", "leads out of its folder")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path, kind):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (kind | 0o777) << 16
    refused(
        zipped(tmp_path / "a.zip", [(link, b"/etc/passwd")]), tmp_path / "out", "link or device"
    )


def test_one_name_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        zipped(tmp_path / "a.zip", [("a.png", b"1"), ("a.png", b"2")])
    refused(tmp_path / "a.zip", tmp_path / "out", "twice")


def test_a_file_that_is_a_folder_too_is_refused(tmp_path):
    zipped(tmp_path / "a.zip", [("a", b"1"), ("a/b.png", b"2")])
    refused(tmp_path / "a.zip", tmp_path / "out", "cannot be unpacked")


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unzip, "MOST_FILES", 3)
    zipped(tmp_path / "a.zip", [(f"{n}.png", b"") for n in range(4)])
    refused(tmp_path / "a.zip", tmp_path / "out", "holds 4 files, but 3 is the limit")


def test_bombs_are_refused_before_anything_is_unpacked(tmp_path, monkeypatch):
    zipped(tmp_path / "a.zip", [("a.png", bytes(10**7))])
    monkeypatch.setattr(unzip, "_HARMLESS_BYTES", 10**6)
    refused(tmp_path / "a.zip", tmp_path / "out", "times its size")
    monkeypatch.setattr(unzip, "MOST_BYTES", 10**6)
    refused(tmp_path / "a.zip", tmp_path / "out", "is the limit; split it")


def test_bombs_whose_members_share_their_bytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unzip, "_HARMLESS_BYTES", 10**6)
    inner = random.Random(0).randbytes(200_000)
    zipped(tmp_path / "a.zip", [("0.png", inner)])
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        for n in range(1, 300):
            twin = zipfile.ZipInfo(f"{n}.png")
            first = archive.infolist()[0]
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, field, getattr(first, field))
            archive.filelist.append(twin)
        archive._didModify = True
    refused(tmp_path / "a.zip", tmp_path / "out", "times its size|damaged")


def test_a_full_disk_is_noticed_beforehand(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 5})
    monkeypatch.setattr(unzip.shutil, "disk_usage", lambda folder: usage)
    refused(zipped(tmp_path / "a.zip", [("a.png", b"123456")]), tmp_path / "out", "of disk")


def test_a_size_that_lies_does_not_unpack_more(tmp_path):
    zipped(tmp_path / "a.zip", [("a.png", bytes(10**6))])
    size = (10**6).to_bytes(4, "little")
    content = (tmp_path / "a.zip").read_bytes().replace(size, (10).to_bytes(4, "little"))
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", tmp_path / "out", "damaged")


def test_protected_files_are_refused(tmp_path):
    zipped(tmp_path / "a.zip", [("a.png", b"1")])
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", tmp_path / "out", "password")


def test_existing_folders_and_foreign_files_are_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    file = zipped(tmp_path / "a.zip", [("a.png", b"1")])
    with pytest.raises(CaeError, match="exists already"):
        unpack_zip(file, tmp_path / "out")
    (tmp_path / "out").rmdir()
    for content in (b"", b"no zip"):
        file.write_bytes(content)
        refused(file, tmp_path / "out", "is no zip file")
    with pytest.raises(CaeError, match="is no zip file"):
        unpack_zip(tmp_path / "missing.zip", tmp_path / "out")


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_leaves_a_whole_folder_or_none(tmp_path, seed):
    chance = random.Random(seed)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"folder/{n}.png", chance.randbytes(300))
    content = bytearray(buffer.getvalue())
    for _ in range(chance.randrange(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    (tmp_path / "a.zip").write_bytes(content)
    try:
        folder = unpack_zip(tmp_path / "a.zip", tmp_path / "out")
        assert all(path.stat().st_size <= 300 for path in folder.rglob("*.png"))
    except CaeError:
        assert not (tmp_path / "out").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"a.zip", "out"}


def test_names_in_utf8_are_read_where_the_zip_does_not_say_so(tmp_path):
    file = tmp_path / "finder.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Schädel/é.png", b"x")
    # Without the flag, as the macOS Finder packs.
    content = file.read_bytes()
    for start, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(start) + at
        flags = int.from_bytes(content[place : place + 2], "little")
        assert flags & 0x800
        content = content[:place] + (flags & ~0x800).to_bytes(2, "little") + content[place + 2 :]
    file.write_bytes(content)
    folder = unpack_zip(file, tmp_path / "out")
    assert (folder / "Schädel" / "é.png").read_bytes() == b"x"
