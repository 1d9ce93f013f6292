import zipfile

import pytest

from cae.errors import CaeError
from cae.sources.unpacked import unpacked


def test_a_zip_file_is_a_folder_for_as_long_as_it_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as archive:
        archive.writestr("a/b.txt", "hello")
    with unpacked(tmp_path / "scans.zip") as folder:
        assert folder.name == "scans"
        assert (folder / "a/b.txt").read_text() == "hello"
    assert not folder.exists()


def test_what_is_no_zip_file_stays_where_it_is(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    for path in (tmp_path, tmp_path / "a.txt", tmp_path / "missing"):
        with unpacked(path) as same:
            assert same == path


def test_a_refused_zip_file_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(200 << 20))
    with pytest.raises(CaeError, match="times its size"), unpacked(tmp_path / "bomb.zip"):
        pass
