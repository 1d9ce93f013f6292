import io
import random

import numpy as np
import pytest
import tifffile

from cae.errors import UnusableError
from cae.sources.picture import picture_from_bytes, picture_size, read_picture

RAMP = np.tile(np.linspace(0, 255, 80).round().astype(np.uint8), (64, 1))
COLOURS = np.stack([RAMP, 255 - RAMP, np.full_like(RAMP, 40)], -1)


def written(path, values, **options):
    tifffile.imwrite(path, values, **options)
    return path


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize(
    "values",
    [65535 - RAMP.astype(np.uint16) * 257, 1 - RAMP.astype(np.float32) / 255, 255 - RAMP],
    ids=["uint16", "float32", "uint8"],
)
def test_where_white_is_the_minimum_dark_stays_dark(tmp_path, values, compression):
    file = written(tmp_path / "a.tif", values, photometric="miniswhite", compression=compression)
    assert np.array_equal(read_picture(file).pixels, RAMP)


@pytest.mark.parametrize(
    ("values", "window"),
    [
        ((RAMP.astype(np.int16) - 128).astype(np.int8), (-128, 127)),
        (RAMP.astype(np.uint32) * 16_843_009, (0, 4_294_967_295)),
        (RAMP.astype(np.int32) - 1000, (-1000, -745)),
        (RAMP.astype(np.uint64), (0, 255)),
        (RAMP.astype(np.float16), (0, 255)),
        (RAMP.astype(np.float64) * 1e200, (0, 255e200)),
    ],
    ids=lambda value: str(value.dtype) if isinstance(value, np.ndarray) else "",
)
def test_grey_of_every_type_shows_its_own_range(tmp_path, values, window):
    picture = read_picture(written(tmp_path / "a.tif", values))
    assert np.array_equal(picture.pixels, RAMP)
    assert picture.window == pytest.approx(window)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_deep_colours_fill_their_bits(tmp_path, planar, bits):
    values = (COLOURS.astype(float) / 255 * (2**bits - 1)).round().astype(np.uint16)
    stored = values if planar == "contig" else np.moveaxis(values, -1, 0)
    file = written(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar)
    picture = read_picture(file)
    assert np.array_equal(picture.pixels, COLOURS)
    assert picture.window == (0, 2**bits - 1)
    assert picture_size(file) == (64, 80)


def test_colours_of_eight_bits_in_planes_and_of_fractions(tmp_path):
    planes = written(
        tmp_path / "p.tif",
        np.moveaxis(COLOURS, -1, 0),
        photometric="rgb",
        planarconfig="separate",
    )
    assert np.array_equal(read_picture(planes).pixels, COLOURS)
    fractions = written(tmp_path / "f.tif", (COLOURS / 255).astype(np.float32), photometric="rgb")
    assert np.array_equal(read_picture(fractions).pixels, COLOURS)


def test_transparency_of_deep_colours_is_laid_over_black(tmp_path):
    values = np.full((4, 4, 4), 65535, np.uint16)
    values[..., 3] = 32768
    values[0, 0, 3] = 65535
    file = written(tmp_path / "a.tif", values, photometric="rgb", extrasamples=["unassalpha"])
    pixels = read_picture(file).pixels
    assert pixels[0, 0] == 255
    assert pixels[1, 1] == pytest.approx(128, abs=1)


def test_of_many_channels_three_are_shown_and_the_rest_is_remarked(tmp_path):
    channels = np.stack([RAMP, 255 - RAMP, RAMP // 2, RAMP, RAMP], -1)
    options = {"photometric": "minisblack", "planarconfig": "contig"}
    five = read_picture(written(tmp_path / "5.tif", channels, **options))
    assert np.array_equal(five.pixels, channels[..., :3])
    assert "first 3 of its 5 channels" in five.remark
    two = read_picture(written(tmp_path / "2.tif", channels[..., :2], **options))
    assert np.array_equal(two.pixels, RAMP)
    assert "first of its 2 channels" in two.remark


def test_of_deep_pages_the_first_is_used_and_the_rest_is_remarked(tmp_path):
    pages = np.stack([RAMP, 255 - RAMP, RAMP]).astype(np.float32)
    picture = read_picture(written(tmp_path / "a.tif", pages, photometric="minisblack"))
    assert np.array_equal(picture.pixels, RAMP)
    assert "first of its 3 pages" in picture.remark


def test_big_tiff_tiles_and_orientation(tmp_path):
    options = {"bigtiff": True, "tile": (32, 32), "extratags": [(274, "H", 1, 6, True)]}
    file = written(tmp_path / "a.tif", RAMP.astype(np.uint16) * 257, **options)
    assert np.array_equal(read_picture(file).pixels, np.rot90(RAMP, -1))
    assert np.array_equal(picture_from_bytes(file.read_bytes()).pixels, np.rot90(RAMP, -1))


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (RAMP.astype(np.complex64), {}),
        (np.stack([RAMP] * 4, -1).astype(np.uint16), {"photometric": "separated"}),
    ],
    ids=["complex", "cmyk16"],
)
def test_what_is_not_supported_is_not_called_damaged(tmp_path, values, options):
    with pytest.raises(UnusableError, match="not supported") as caught:
        read_picture(written(tmp_path / "a.tif", values, **options))
    assert "damaged" not in str(caught.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_cut_off_deep_files_are_refused(tmp_path, share):
    content = written(tmp_path / "whole.tif", RAMP.astype(np.float32)).read_bytes()
    (tmp_path / "cut.tif").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnusableError, match="damaged"):
        read_picture(tmp_path / "cut.tif")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
def test_random_damage_to_deep_files_is_survived(compression):
    chance = random.Random(str(compression))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, COLOURS.astype(np.uint16), photometric="rgb", compression=compression)
    outcomes = set()
    for _ in range(150):
        content = bytearray(buffer.getvalue())
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(min(len(content), chance.choice([40, 200, 10**6])))
            content[place] = chance.randrange(256)
        try:
            pixels = picture_from_bytes(bytes(content)).pixels
            assert pixels.dtype == np.uint8
            assert pixels.ndim == 2 or pixels.shape[2:] == (3,)
            outcomes.add("read")
        except UnusableError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
