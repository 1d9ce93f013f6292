import io
import os
import random
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from cae.errors import UnusableError
from cae.sources.picture import (
    oriented,
    picture_from_bytes,
    picture_size,
    picture_values,
    read_picture,
    unread_reason,
)


@pytest.fixture
def colours():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


@pytest.fixture
def grey(colours):
    return colours[..., 0]


def saved(path, image, **options):
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **options)
    return path


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_declaring(width, height):
    """A PNG whose header declares a size that its data do not have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.tif", {}),
        ("a.TIFF", {"compression": "tiff_lzw"}),
        ("a.bmp", {}),
        ("a.webp", {"lossless": True}),
    ],
)
def test_lossless_formats_keep_every_value(tmp_path, colours, grey, name, options):
    path = saved(tmp_path / name, colours, **options)
    assert np.array_equal(read_picture(path).pixels, colours)
    assert picture_size(path) == (20, 30)
    assert np.array_equal(read_picture(saved(tmp_path / name, grey, **options)).pixels, grey)


def test_jpeg_is_read(tmp_path):
    smooth = np.repeat(np.linspace(0, 255, 32, dtype=np.uint8)[None], 24, axis=0)
    pixels = read_picture(saved(tmp_path / "a.jpg", smooth, quality=95)).pixels
    assert np.abs(pixels.astype(int) - smooth).max() < 10


def test_one_bit_and_palette_images_show_their_colours(tmp_path, colours):
    bits = np.array([[0, 1], [1, 0]], bool)
    path = saved(tmp_path / "bits.png", Image.fromarray(bits))
    assert read_picture(path).pixels.tolist() == [[0, 255], [255, 0]]
    palette = Image.fromarray(colours // 64 * 64).quantize(64)
    expected = np.asarray(palette.convert("RGB"))
    assert np.array_equal(read_picture(saved(tmp_path / "p.png", palette)).pixels, expected)


def test_grey_palettes_and_grey_rgb_become_grey(tmp_path, grey):
    palette = Image.fromarray(grey).convert("P")
    assert np.array_equal(read_picture(saved(tmp_path / "p.png", palette)).pixels, grey)
    stacked = np.stack([grey] * 3, axis=-1)
    assert np.array_equal(read_picture(saved(tmp_path / "rgb.png", stacked)).pixels, grey)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_laid_over_black(tmp_path, mode):
    image = Image.new(mode, (4, 2), (200, 0) if mode == "LA" else (200, 200, 200, 0))
    image.putpixel((0, 0), (200, 255) if mode == "LA" else (200, 200, 200, 255))
    image.putpixel((1, 0), (200, 128) if mode == "LA" else (200, 200, 200, 128))
    pixels = read_picture(saved(tmp_path / "a.png", image)).pixels
    assert pixels.shape == (2, 4)
    assert pixels[0].tolist()[:3] == [200, pytest.approx(100, abs=1), 0]


def test_a_transparent_palette_entry_is_black(tmp_path):
    image = Image.new("P", (2, 2), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 1), 1)
    pixels = read_picture(saved(tmp_path / "a.png", image, transparency=0)).pixels
    assert pixels[0, 0].tolist() == [0, 0, 0]
    assert pixels[1, 1].tolist() == [0, 255, 0]


def test_cmyk_becomes_rgb(tmp_path):
    image = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    pixels = read_picture(saved(tmp_path / "a.tif", image)).pixels
    assert pixels[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize(("low", "high"), [(0, 65535), (1000, 3000), (0, 1)])
def test_sixteen_bits_are_stretched_over_their_own_range(tmp_path, name, low, high):
    values = np.linspace(low, high, 64 * 4).round().astype(np.uint16).reshape(4, 64)
    expected = np.rint((values.astype(float) - low) / (high - low) * 255)
    assert np.array_equal(read_picture(saved(tmp_path / name, values)).pixels, expected)


def test_deep_modes_of_tiff(tmp_path):
    floats = np.array([[-1.5, np.nan, 0.5], [2.5, np.inf, -1.5]], np.float32)
    assert read_picture(saved(tmp_path / "f.tif", floats)).pixels.tolist() == [
        [0, 0, 128],
        [255, 0, 0],
    ]
    integers = np.array([[-5, 0], [5, 5]], np.int32)
    assert read_picture(saved(tmp_path / "i.tif", integers)).pixels.tolist() == [
        [0, 128],
        [255] * 2,
    ]
    big_endian = Image.fromarray(np.array([[1, 2], [3, 3]], np.uint16)).convert("I;16B")
    assert read_picture(saved(tmp_path / "b.tif", big_endian)).pixels.tolist() == [
        [0, 128],
        [255, 255],
    ]


def test_extreme_floats_do_not_overflow(tmp_path):
    values = np.array([[-3e38, 3e38], [0, 0]], np.float32)
    assert read_picture(saved(tmp_path / "f.tif", values)).pixels.tolist() == [[0, 255], [128, 128]]


def test_a_deep_image_of_one_value_is_black_and_of_none_is_refused(tmp_path):
    assert not read_picture(saved(tmp_path / "a.png", np.full((3, 3), 900, np.uint16))).pixels.any()
    with pytest.raises(UnusableError, match="no finite value"):
        read_picture(saved(tmp_path / "f.tif", np.full((3, 3), np.nan, np.float32)))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_exif_orientation_is_applied(tmp_path, grey, name, orientation):
    turned = {
        1: grey,
        2: grey[:, ::-1],
        3: grey[::-1, ::-1],
        4: grey[::-1],
        5: grey.T,
        6: np.rot90(grey, -1),
        7: np.rot90(grey, 2).T,
        8: np.rot90(grey, 1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / name, grey, exif=exif)
    assert np.array_equal(read_picture(path).pixels, turned[orientation])


def test_damaged_exif_costs_the_orientation_but_not_the_image(tmp_path, grey, monkeypatch):
    def fail(image, in_place):
        raise ValueError("damaged")

    monkeypatch.setattr("cae.sources.picture.ImageOps.exif_transpose", fail)
    picture = read_picture(saved(tmp_path / "a.png", grey))
    assert np.array_equal(picture.pixels, grey)
    assert "EXIF" in picture.remark


def test_of_several_pages_the_first_is_used_and_the_rest_is_remarked(tmp_path, grey):
    other = Image.fromarray(255 - grey)
    path = tmp_path / "a.tif"
    Image.fromarray(grey).save(path, save_all=True, append_images=[other, other])
    assert "first of its 3 pages" in read_picture(path).remark
    assert np.array_equal(read_picture(path).pixels, grey)
    assert read_picture(saved(tmp_path / "single.tif", grey)).remark == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"no image at all", "no PNG"),
        (b"GIF89a" + bytes(100), "damaged|0×0"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no PNG"),
        (png_declaring(20_000, 20_000), "more than 89478485 pixels"),
        (png_declaring(10_000, 10_000), "more than 89478485 pixels"),
        (png_declaring(2**31 - 1, 2**31 - 1), "more than 89478485 pixels"),
        (png_declaring(1, 1), "1×1 pixels"),
        (png_declaring(1, 500), "1×500 pixels"),
        (png_declaring(0, 500), "damaged|0×500"),
        (png_declaring(300, 300), "cut off or damaged"),
    ],
)
def test_hostile_files_get_a_reason(tmp_path, content, reason):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(UnusableError, match=reason):
            read_picture(path)


def test_missing_unreadable_and_irregular_files_get_a_reason(tmp_path):
    for path in (tmp_path / "missing.png", tmp_path):
        with pytest.raises(UnusableError):
            read_picture(path)
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UnusableError, match="no regular file"):
        read_picture(tmp_path / "pipe.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp", "webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off_files_are_refused(tmp_path, colours, suffix, share):
    content = saved(tmp_path / f"whole.{suffix}", colours).read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnusableError):
        read_picture(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp", "webp"])
def test_random_damage_is_survived(tmp_path, colours, suffix):
    chance = random.Random(suffix)
    buffer = io.BytesIO()
    formats = {"jpg": "JPEG", "tif": "TIFF"}
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(colours).save(buffer, formats.get(suffix, suffix.upper()), exif=exif)
    path = tmp_path / f"a.{suffix}"
    outcomes = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(150):
            content = bytearray(buffer.getvalue())
            for _ in range(chance.randrange(1, 8)):
                place = chance.randrange(min(len(content), chance.choice([40, 200, 10**6])))
                content[place] = chance.randrange(256)
            path.write_bytes(content)
            try:
                pixels = read_picture(path).pixels
                assert pixels.dtype == np.uint8
                assert pixels.ndim == 2 or pixels.shape[2:] == (3,)
                outcomes.add("read")
            except UnusableError:
                outcomes.add("refused")
    # Checksums let no damage to a PNG go unnoticed.
    assert outcomes == ({"refused"} if suffix == "png" else {"read", "refused"})


def test_contents_are_read_as_a_file_is(tmp_path, colours, grey):
    for image, name in ((colours, "a.png"), (grey, "b.tif"), (colours, "c.jpg")):
        file = saved(tmp_path / name, image)
        read = picture_from_bytes(file.read_bytes())
        assert np.array_equal(read.pixels, read_picture(file).pixels)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [(b"", "empty"), (b"hello", "damaged or no PNG"), (b"\x89PNG", "no PNG")],
)
def test_contents_that_are_no_image_have_a_reason(contents, reason):
    with pytest.raises(UnusableError, match=reason):
        picture_from_bytes(contents)


def deep_png(path, values, colour_type):
    """A PNG of 16 bits per sample, which Pillow cannot write in colour."""
    height, width = values.shape[:2]
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values.reshape(height, -1))
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_deep_colours_of_png_fill_their_bits(tmp_path, colours, bits):
    colours[0, 0] = 255
    values = (colours.astype(float) / 255 * (2**bits - 1)).round().astype(np.uint16)
    picture = read_picture(deep_png(tmp_path / "a.png", values, 2))
    assert np.array_equal(picture.pixels, colours)
    assert picture.window == (0, 2**bits - 1)


def test_deep_transparency_of_png_is_laid_over_black(tmp_path):
    values = np.full((2, 3, 4), 65535, np.uint16)
    values[0, 0, 3] = 0
    pixels = read_picture(deep_png(tmp_path / "rgba.png", values, 6)).pixels
    assert pixels.tolist() == [[0, 255, 255], [255, 255, 255]]
    pixels = read_picture(deep_png(tmp_path / "la.png", values[..., 2:], 4)).pixels
    assert pixels.tolist() == [[0, 255, 255], [255, 255, 255]]


def test_the_values_shown_black_and_white_are_recorded(tmp_path, grey):
    deep = read_picture(saved(tmp_path / "a.png", grey.astype(np.uint16) + 1000))
    assert deep.window == (1000 + int(grey.min()), 1000 + int(grey.max()))
    assert read_picture(saved(tmp_path / "b.png", grey)).window is None


@pytest.mark.parametrize("name", ["a.gif", "a.pgm", "a.ppm", "a.jp2", "a.j2k"])
def test_further_formats_keep_every_value(tmp_path, colours, grey, name):
    if name == "a.ppm":
        assert np.array_equal(read_picture(saved(tmp_path / name, colours)).pixels, colours)
    assert np.array_equal(read_picture(saved(tmp_path / name, grey)).pixels, grey)
    assert picture_size(tmp_path / name) == (20, 30)


@pytest.mark.parametrize("name", ["a.pgm", "a.jp2"])
def test_deep_grey_of_further_formats_is_stretched(tmp_path, grey, name):
    low, high = int(grey.min()), int(grey.max())
    values = grey.astype(np.uint16) * 7 + 300
    expected = np.rint((grey.astype(float) - low) / (high - low) * 255)
    assert np.array_equal(read_picture(saved(tmp_path / name, values)).pixels, expected)


@pytest.mark.parametrize("maxval", [4095, 65535])
@pytest.mark.parametrize("plain", [False, True])
def test_deep_netpbm_keeps_its_values(tmp_path, grey, maxval, plain):
    values = grey.astype(np.uint16) * 16 + 3
    kind, contents = ("P2", b"# made\n") if plain else ("P5", values.astype(">u2").tobytes())
    if plain:
        contents += b"\n".join(b" ".join(str(v).encode() for v in row) for row in values)
    header = f"{kind}\n{grey.shape[1]} {grey.shape[0]}\n{maxval}\n".encode()
    (tmp_path / "a.pgm").write_bytes(header + contents)
    assert np.array_equal(picture_values(tmp_path / "a.pgm"), values)
    assert read_picture(tmp_path / "a.pgm").window == (values.min(), values.max())


@pytest.mark.parametrize(("kind", "maxval"), [("P5", 100), ("P6", 100), ("P6", 4095)])
def test_netpbm_is_black_at_0_and_white_at_its_largest_value(tmp_path, kind, maxval):
    shape = (3, 4) if kind == "P5" else (3, 4, 3)
    values = np.linspace(0, maxval // 2, 12 * shape[-1] // 4 * 4).astype(int)
    values = np.resize(values, shape)
    stored = values.astype(">u2" if maxval > 255 else "u1")
    (tmp_path / "a.ppm").write_bytes(f"{kind}\n4 3\n{maxval}\n".encode() + stored.tobytes())
    picture = read_picture(tmp_path / "a.ppm")
    assert np.array_equal(picture.pixels, np.rint(values / maxval * 255))
    assert picture.window == (0, maxval)


def test_deep_and_signed_jpeg2000_are_shown_as_their_values_say(tmp_path):
    from imagecodecs import jpeg2k_encode

    ramp = np.linspace(0, 4095, 600).reshape(20, 30)
    colours = np.stack([ramp, ramp / 2, ramp / 4], axis=-1).astype(np.uint16)
    (tmp_path / "c.jp2").write_bytes(jpeg2k_encode(colours, level=0))
    deep = deep_png(tmp_path / "c.png", colours, 2)
    same, other = read_picture(tmp_path / "c.jp2"), read_picture(deep)
    assert same.window == other.window == (0, 4095)
    assert np.array_equal(same.pixels, other.pixels)
    signed = (ramp - 2000).astype(np.int16)
    (tmp_path / "s.jp2").write_bytes(jpeg2k_encode(signed, level=0))
    assert read_picture(tmp_path / "s.jp2").window == (-2000, 2095)
    assert np.array_equal(picture_values(tmp_path / "s.jp2"), signed)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_values_are_turned_as_pillow_turns_images(orientation):
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(values)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(oriented(values.astype(np.float64), orientation), expected)
    assert np.array_equal(oriented(np.stack([values] * 3, -1), orientation)[..., 1], expected)


def test_avif_is_read(tmp_path):
    smooth = np.repeat(np.linspace(0, 255, 32, dtype=np.uint8)[None], 24, axis=0)
    pixels = read_picture(saved(tmp_path / "a.avif", smooth, quality=95)).pixels
    assert np.abs(pixels.astype(int) - smooth).max() < 10


def test_heic_is_read():
    # Written by libheif's encoder: 64×48, left half red, right half blue.
    picture = read_picture(Path(__file__).parent / "red_and_blue.heic")
    assert picture.pixels.shape == (48, 64, 3)
    assert np.abs(picture.pixels[10, 10].astype(int) - [255, 0, 0]).max() < 12
    assert np.abs(picture.pixels[10, 50].astype(int) - [0, 0, 255]).max() < 12


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a.dcm", "dicom:FOLDER"),
        ("a.NII.gz", "nifti:FOLDER"),
        ("a.svs", "QuPath"),
        ("a.czi", "Fiji"),
        ("a.nrrd", "3D Slicer"),
        ("a.mp4", "ffmpeg"),
        ("a.nef", "PNG or TIFF"),
        ("notes.doc", "does not end like a PNG"),
    ],
)
def test_what_is_not_read_comes_with_how_to_convert_it(name, hint):
    assert hint in unread_reason(name)
