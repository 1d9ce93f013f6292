import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError, UnusableError
from cae.sources import parse
from cae.sources.original_files import GONE, LEADS_OUT, opened_files, place_of_files
from cae.sources.originals import FileNote, file_note
from cae.sources.pictures import _WORTH_PROCESSES


def write(path: Path, value: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((28, 28), value, np.uint8)).save(path)
    return path


def test_a_file_is_noted_by_size_and_digest(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_note(file) == FileNote(3, digest)
    assert file_note(tmp_path / "none") == FileNote(None, None)


@pytest.mark.parametrize("apart", [False, True])
def test_each_image_of_a_folder_has_its_file(tmp_path, monkeypatch, apart):
    if apart:
        monkeypatch.setattr("cae.sources.pictures._WORTH_PROCESSES", 1)
    for number in range(9):
        write(tmp_path / f"{number}.png", number * 20)
    (tmp_path / "3.png").write_bytes(b"no picture")
    found = parse(f"folder:{tmp_path}").load(limit=6, seed=1)
    assert len(found) == len(found.originals) == 6 < _WORTH_PROCESSES
    assert found.originals["file"].tolist() == found.table["file"].tolist()
    for line in found.originals.itertuples():
        content = (tmp_path / line.file).read_bytes()
        assert (line.bytes, line.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    taken = found.take(np.array([4, 1]))
    assert taken.originals["file"].tolist() == taken.table["file"].tolist()


def test_an_image_set_is_told_of_all_originals_or_none(tmp_path):
    write(tmp_path / "a.png", 1)
    found = parse(f"folder:{tmp_path}").load()
    with pytest.raises(CaeError, match="they must agree"):
        type(found)(found.images, found.table, "a", originals=found.originals.iloc[:0])


def test_files_lie_where_the_source_reads_them(tmp_path):
    assert place_of_files(f"folder:{tmp_path},a.csv") == tmp_path
    assert place_of_files(f"dicom:{tmp_path}/a.zip") == tmp_path / "a.zip"
    assert place_of_files(f"nifti:{tmp_path},axial,2mm") == tmp_path
    with pytest.raises(CaeError, match="uploads are not kept"):
        place_of_files("upload:nifti:brains.zip")
    with pytest.raises(CaeError, match="come from brain have no files"):
        place_of_files("brain")


def test_nothing_is_opened_but_regular_files_inside(tmp_path):
    folder, outside = tmp_path / "in", write(tmp_path / "outside.png", 1)
    write(folder / "a.png", 2)
    (folder / "inside.png").symlink_to(folder / "a.png")
    (folder / "outside.png").symlink_to(outside)
    (folder / "circle").symlink_to(folder / "circle")
    os.mkfifo(folder / "pipe")
    with opened_files(folder) as opener:
        for name in ("a.png", "inside.png"):
            with opener(name) as file:
                assert file.read() == (folder / "a.png").read_bytes()
        for name in ("outside.png", "../outside.png", str(outside)):
            with pytest.raises(UnusableError, match=LEADS_OUT):
                opener(name)
        for name in ("b.png", "a.png/b", "pipe", "."):
            with pytest.raises(UnusableError, match=GONE):
                opener(name)
        for name in ("circle", "a\0.png"):
            with pytest.raises(UnusableError, match="cannot be read"):
                opener(name)


def test_of_a_single_file_nothing_beside_it_is_told(tmp_path):
    file = write(tmp_path / "a.png", 2)
    with opened_files(file) as opener, opener("a.png") as opened:
        assert opened.read() == file.read_bytes()
    file.unlink()
    write(tmp_path / "b.png", 2)
    with opened_files(file) as opener, pytest.raises(UnusableError, match=GONE):
        opener("b.png")
