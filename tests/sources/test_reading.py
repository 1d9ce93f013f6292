import sys
from collections import Counter

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import reading
from cae.sources.originals import FileNote
from cae.sources.reading import read_files

MODULE = """
from pathlib import Path

import numpy as np

from cae.errors import UnusableError
from cae.sources.limited import serve

def answer(request):
    count = int(Path(request.get("look") or request["read"]).name)
    if "look" in request:
        yield {"frames": count, "side": 28, "channels": 3}, b""
        return
    for number in range(count):
        if number == 5:
            raise UnusableError("it breaks off")
        planes = np.full((request["side"], request["side"], 2), number, np.uint8)
        row = {"number": number}
        header = {"row": row, "window": [0, number], "remark": "odd" if number % 2 else ""}
        yield {**header, "channels": 1}, planes.tobytes()

serve(answer)
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    (tmp_path / "strange_frames.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def read(*counts, **options):
        asked = [(str(count), {}) for count in counts]
        return read_files("strange_frames", tmp_path, asked, mask_count=1, **options)

    return read


def test_images_masks_rows_and_windows_come_in_the_order_of_their_files(read):
    found = read(3, 2, 4)
    assert found.files == ["3"] * 3 + ["2"] * 2 + ["4"] * 4
    assert [row["number"] for row in found.rows] == [0, 1, 2, 0, 1, 0, 1, 2, 3]
    assert found.images.shape == found.masks.shape == (9, 28, 28, 1)
    assert found.images[:, 0, 0, 0].tolist() == found.masks[:, 9, 9, 0].tolist()
    assert found.images[:, 0, 0, 0].tolist() == [row["number"] for row in found.rows]
    assert found.windows[2] == (0, 2)
    assert found.problems == [("3", "odd"), ("2", "odd"), ("4", "odd")]


def test_what_came_before_a_file_broke_off_is_kept(read):
    found = read(9)
    assert len(found.images) == 5
    assert ("9", "it breaks off") in found.problems


def test_a_limit_draws_images_in_order_without_room_for_others(read, monkeypatch):
    needed = []
    monkeypatch.setattr(reading, "require_disk", lambda size, *others: needed.append(size))
    found = read(4, 3, limit=3, seed=1)
    assert needed == [3 * 28 * 28 * 4]
    assert len(found.images) == len(found.rows) == 3
    assert found.images[:, 0, 0, 0].tolist() == [row["number"] for row in found.rows]
    assert found.files == sorted(found.files, reverse=True)
    with pytest.raises(CaeError, match="at least one"):
        read(4, limit=0)


def test_every_image_is_drawn_equally_often():
    counts = Counter()
    for seed in range(600):
        room = reading._Room({"a": {"frames": 8, "channels": 1}}, 2, 0, 3, seed, None)
        for number in range(8):
            header = {"row": {"number": number}, "window": None, "channels": 1}
            image = np.full((2, 2, 1), number, np.uint8)
            room.keep("a", FileNote(None, None), header, image.tobytes())
        kept = room.reading()
        assert [row["number"] for row in kept.rows] == kept.images[:, 0, 0, 0].tolist()
        counts.update(row["number"] for row in kept.rows)
    # 600 draws of 3 from 8: 225 each, standard deviation 12.
    assert len(counts) == 8
    assert all(abs(count - 225) < 50 for count in counts.values())
