import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.sources import pictures
from cae.sources.fitting import fit_square
from cae.sources.picture import read_picture
from cae.sources.pictures import longer_sides, read_at_common_size, read_pictures

ENDING_READER = """
import os

from cae.sources.limited import serve
from cae.sources.picture_worker import answer as usual

def answer(request):
    if any(path.endswith("005.png") for path in request["paths"]):
        os.abort()
    yield from usual(request)

serve(answer)
"""


def put(folder, sides, mode="L"):
    random = np.random.default_rng(0)
    files = []
    for number, side in enumerate(sides):
        image = Image.fromarray(random.integers(0, 256, (side, side), np.uint8)).convert(mode)
        image.save(folder / f"{number:03d}.png")
        files.append(f"{number:03d}.png")
    return files


def expected(folder, files, side):
    return np.stack([fit_square(read_picture(folder / file).pixels, side) for file in files])


@pytest.fixture(params=[False, True])
def apart(request, monkeypatch):
    """Whether the files are read in processes of their own."""
    monkeypatch.setattr(pictures, "_WORTH_PROCESSES", 1 if request.param else 10**9)
    return request.param


def test_files_are_read_in_their_order_wherever_they_are_read(tmp_path, apart, monkeypatch):
    monkeypatch.setattr(pictures, "_BATCH", 4)
    files = put(tmp_path, [28, 30, 50] * 5)
    Image.fromarray(np.full((28, 28), 40_000, np.uint16)).save(tmp_path / "003.png")
    (tmp_path / "007.png").write_bytes(b"no image")
    whole = (tmp_path / "011.png").read_bytes()
    (tmp_path / "011.png").write_bytes(whole[: len(whole) // 2])
    Image.effect_noise((28, 28), 50).convert("RGB").save(tmp_path / "012.png")
    read = read_pictures(tmp_path, files, range(15), 32)
    good = [file for number, file in enumerate(files) if number not in (7, 11)]
    assert np.array_equal(read.squares, expected(tmp_path, good, 32))
    assert list(read.windows) == [n for n in range(15) if n not in (7, 11)]
    assert read.windows[3] == (40_000, 40_000)
    assert read.windows[4] is None
    assert list(read.sides) == [n for n in range(15) if n != 7]
    assert read.sides[11] == 50
    assert [file for file, _ in read.unknown] == ["007.png"]
    assert [file for file, _ in read.problems] == ["011.png"]
    assert "cut off" in read.problems[0][1]


def test_names_of_any_bytes_are_read(tmp_path, apart):
    files = put(tmp_path, [28])
    strange = os.fsdecode(b'caf\xe9 "1".png')
    (tmp_path / files[0]).rename(tmp_path / strange)
    assert len(read_pictures(tmp_path, [strange], [0], 28).windows) == 1


def test_a_size_that_a_sample_got_wrong_is_put_right(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "_LOOKED_AT", 3)
    sides = [60 if number % 4 == 0 else 120 for number in range(12)]
    files = put(tmp_path, sides)
    assert longer_sides(tmp_path, files, range(0, 12, 4)) == ({0: 60, 4: 60, 8: 60}, [])
    read = read_at_common_size(tmp_path, files)
    assert np.array_equal(read.squares, expected(tmp_path, files, 128))
    assert list(read.sides.values()) == sides


def test_each_file_is_opened_once_where_a_sample_was_right(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "_LOOKED_AT", 5)
    files = put(tmp_path, [28] * 40)
    opened = []

    def counted(path, **options):
        opened.append(Path(path).name)
        return original(path, **options)

    original = Image.open
    monkeypatch.setattr(Image, "open", counted)
    read_at_common_size(tmp_path, files)
    assert set(opened) == set(files)
    assert len(opened) == 40 + 5


def test_a_file_that_ends_its_reader_costs_no_other_file(tmp_path, monkeypatch):
    (tmp_path / "ending_reader.py").write_text(ENDING_READER)
    monkeypatch.setattr(pictures, "_WORKER", "ending_reader")
    monkeypatch.setattr(pictures, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(pictures, "_BATCH", 4)
    monkeypatch.syspath_prepend(tmp_path)
    files = put(tmp_path, [28] * 12)
    read = read_pictures(tmp_path, files, range(12), 28)
    others = [file for file in files if file != "005.png"]
    assert np.array_equal(read.squares, expected(tmp_path, others, 28))
    assert [file for file, _ in read.unknown] == ["005.png"]
    assert "crash" in read.unknown[0][1]
