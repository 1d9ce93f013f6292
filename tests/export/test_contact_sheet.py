import json
import re

import numpy as np
import pytest

from cae.decoding.decoded_path import decode_path, walk, walk_grid
from cae.export.contact_sheet import Tile, contact_sheet
from cae.export.path import export_sheet
from cae.export.synthetic import mark

ORIGIN = {
    "kind": "path",
    "version": "1",
    "images": {"real": 0, "synthetic": 4},
    "study": {
        "name": "a study",
        "images": 9,
        "source": "digits",
        "credit": "",
        "model_hash": "abc",
        "sharp_decoder_hash": "",
    },
    "path": {"decoded_as": "likely", "noise_seed": 7},
}


def texts(content: bytes) -> list[str]:
    """The lines of text on a page that is not compressed."""
    shown = re.findall(rb"\((.*?)(?<!\\)\) Tj", content)
    return [re.sub(rb"\\(.)", rb"\1", one).decode("latin-1") for one in shown]


def places(content: bytes) -> list[tuple[float, ...]]:
    """Width, height, left and bottom of every picture, in points."""
    found = re.findall(rb"q ([\d.]+) 0 0 ([\d.]+) ([\d.]+) ([\d.-]+) cm /I\d+ Do", content)
    return [tuple(map(float, one)) for one in found]


def tiles(count: int, *words: str) -> list[Tile]:
    images = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)
    return [Tile(mark(image, f"{number}"), words) for number, image in enumerate(images)]


@pytest.mark.parametrize(("count", "columns"), [(1, None), (7, None), (100, None), (81, 9)])
def test_pictures_lie_on_one_page_without_touching(count, columns):
    content = contact_sheet("Title", tiles(count, "one", "two"), columns, ORIGIN)
    assert content.count(b"/Type /Page\n") == 1
    found = places(content)
    assert len(found) == count
    for width, height, left, bottom in found:
        assert left > 25
        assert left + width < 842 - 25
        assert bottom > 70
        assert bottom + height < 595 - 45
    if columns:
        assert len({left for _, _, left, _ in found}) == columns
    first, *others = found
    assert all(
        abs(left - first[2]) >= first[0] or abs(bottom - first[3]) >= first[1]
        for _, _, left, bottom in others
    )


def test_words_are_below_the_tallest_picture():
    short, tall = tiles(4, "one"), tiles(4, "one")
    far = [Tile(mark(np.zeros((8, 8, 1), np.uint8), "far\nfrom every image"), ("one",))]
    content = contact_sheet("Title", [*short, *far, *tall], None, ORIGIN)
    heights = [height for _, height, _, _ in places(content)]
    assert max(heights) > min(heights)
    lines = re.findall(rb"([\d.]+) ([\d.]+) Td \(one\) Tj", content)
    assert len(lines) == 9
    for (_, _, left, bottom), (x, y) in zip(places(content), lines, strict=True):
        assert float(x) == pytest.approx(left, abs=0.1)
        assert float(y) < bottom


def test_text_is_text_and_what_is_too_long_or_has_no_letters_is_shown_as_far_as_it_goes():
    words = ("digit (7) \\ Zoë", "患者 −2 σ", "long " * 80)
    shown = texts(contact_sheet("Title", tiles(2, *words), None, ORIGIN))
    assert shown[0] == "Title"
    assert shown.count("digit (7) \\ Zoë") == 2
    assert "?? -2 SD" in shown
    assert any(one.startswith("long long") and one.endswith("...") for one in shown)
    assert "4 synthetic and 0 real images. Decoded as: likely; noise seed: 7" in shown
    assert any("not images of any subject" in one for one in shown)


def test_a_path_says_of_every_step_what_it_is_and_grids_keep_their_form(digits_study, tmp_path):
    path = decode_path(digits_study, walk(digits_study, [3, 200], 4))
    content = export_sheet(digits_study, path, tmp_path / "synthetic.pdf").read_bytes()
    shown = texts(content)
    assert len(places(content)) == 6
    assert "A: digit-0003" in shown
    assert "33% of the way from A to B" in shown
    nearest = digits_study.samples["id"].iloc[path.nearest_rows[1]]
    assert f"nearest: {nearest}" in shown
    start = content.index(b"stream\n{") + 7
    told = json.loads(content[start : content.index(b"\nendstream", start)])
    assert told["path"]["anchors"][1]["image"] == "digit-0200"
    assert told["images"]["real"] == 2
    grid = decode_path(digits_study, walk_grid(digits_study, [3, 40, 90, 200], 3))
    content = export_sheet(digits_study, grid, tmp_path / "synthetic.pdf").read_bytes()
    assert len(places(content)) == 9
    assert len({left for _, _, left, _ in places(content)}) == 3
