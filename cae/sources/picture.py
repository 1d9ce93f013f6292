"""One image file as 8-bit grey or RGB pixels, however it was stored."""

import io
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import (
    Image,
    ImageFile,
    ImageOps,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
)

from cae.errors import UnusableError
from cae.sources.depth import Window, colour_window, full_window, windowed
from cae.sources.jpeg2000 import jpeg2000_is_deep
from cae.sources.tiff import is_plain, is_tiff, read_tiff, tiff_orientation, tiff_size

_File = Path | io.BytesIO

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "JPEG2000", "AVIF", "HEIF")
FORMAT_NAMES = "PNG, JPEG, TIFF, BMP, WebP, GIF, PGM, JPEG 2000, AVIF or HEIC"
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".dib", ".webp", ".gif"}
    | {".pgm", ".ppm", ".pbm", ".pnm", ".pfm", ".jp2", ".j2k", ".j2c", ".jpc", ".jpx", ".jpf"}
    | {".avif", ".heic", ".heif", ".hif"}
)
_CONVERSIONS = (
    ((".dcm", ".dicom", ".ima", ".dc3"), "it is DICOM; bring its folder as DICOM (dicom:FOLDER)"),
    ((".nii", ".nii.gz"), "it is NIfTI; bring its folder as NIfTI (nifti:FOLDER)"),
    (
        (".svs", ".ndpi", ".mrxs", ".scn", ".bif", ".vms", ".vmu"),
        "it is a whole-slide image; export tiles as PNG or TIFF, for example with QuPath",
    ),
    (
        (".czi", ".lif", ".nd2", ".oib", ".oif", ".lsm", ".vsi", ".zvi", ".dv", ".ims"),
        "it is a microscope's file; save it as TIFF or PNG, for example with Fiji (Bio-Formats)",
    ),
    (
        (".mha", ".mhd", ".nrrd", ".nhdr", ".mgz", ".mgh", ".mnc", ".hdr"),
        "it is a volume; save it as NIfTI (.nii.gz), for example with 3D Slicer",
    ),
    (
        (".mp4", ".avi", ".mov", ".mkv", ".wmv", ".mpg", ".mpeg", ".webm"),
        "it is a film; export its frames as PNG, for example with ffmpeg",
    ),
    (
        (".psd", ".xcf", ".pdf", ".svg", ".eps", ".ai", ".exr", ".tga", ".jxl", ".jxr", ".dng")
        + (".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"),
        "images of this format are not read; save it as PNG or TIFF",
    ),
)
_LARGEST_FILE = 2 << 30
_ORIENTATION = 0x0112
_LYING = range(5, 9)
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda values: values,
    2: np.fliplr,
    3: lambda values: np.rot90(values, 2),
    4: np.flipud,
    5: lambda values: values.swapaxes(0, 1),
    6: lambda values: np.rot90(values, -1),
    7: lambda values: np.rot90(values, 2).swapaxes(0, 1),
    8: np.rot90,
}
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})


@dataclass(frozen=True)
class Picture:
    """What an image file shows.

    Attributes:
        pixels: uint8, (H, W) grey or (H, W, 3) RGB; colour images without colour are grey.
        remark: what of the file could not be used, as a phrase; empty if nothing.
        window: the file's values that are shown black and white where they had to be brought
            onto 0–255, None where they are shown as they are.
    """

    pixels: np.ndarray
    remark: str = ""
    window: Window | None = None


@dataclass(frozen=True)
class Layout:
    """How an image file is stored, and how it is shown.

    Attributes:
        shape: height and width after it was turned upright, pixels.
        orientation: by which it is turned, as EXIF numbers it, 1–8; 1 leaves it as it is.
    """

    shape: tuple[int, int]
    orientation: int

    @property
    def stored_shape(self) -> tuple[int, int]:
        """Height and width before it was turned, pixels."""
        return _exchanged(self.shape, self.orientation)


def unread_reason(name: str) -> str:
    """Return why a file of this name is no image that can be read, and how to convert it."""
    for suffixes, reason in _CONVERSIONS:
        if name.casefold().endswith(suffixes):
            return reason
    return f"its name does not end like a {FORMAT_NAMES}"


def picture_size(path: Path) -> tuple[int, int]:
    """Return the height and width that an image file declares, without decoding it.

    Raises:
        UnusableError: see `read_picture`.
    """
    with _reasons():
        return _declared_size(_checked(path))


def picture_layout(path: Path) -> Layout:
    """Return the size of an image file as `read_picture` shows it, without decoding it, and how
    it is turned for that.

    Raises:
        UnusableError: see `read_picture`.
    """
    with _reasons():
        source = _checked(path)
        stored = _declared_size(source)
        with _opened(source) as image:
            if image is not None:
                orientation = _declared_orientation(image)
                # Of TIFF, Pillow declares the size that it has when turned.
                is_turned = image.format == "TIFF"
                return Layout(stored if is_turned else _exchanged(stored, orientation), orientation)
        orientation = tiff_orientation(source)
        return Layout(_exchanged(stored, orientation), orientation)


def read_picture(path: Path) -> Picture:
    """Read an image file of one of `FORMATS`; of several pages or frames the first.

    It is turned as its EXIF orientation says. Palettes are resolved, transparency is laid over
    black, other colour spaces become RGB. Grey values of more than 8 bits, signed ones and
    fractions are stretched from the file's own smallest to its largest value onto 0–255, as the
    range in use differs from device to device; brightness can then not be compared between files
    other than by the window. Deep colours are divided by what their bits can hold, see
    `colour_window`.

    Raises:
        UnusableError: the file is empty, no image of these formats, cut off, damaged, of a kind
            that is not supported, declares more pixels than ``PIL.Image.MAX_IMAGE_PIXELS``, or is
            a single pixel or line.
    """
    with _reasons():
        return _picture(_checked(path))


def picture_values(path: Path) -> np.ndarray:
    """Return the values of an image file as they are, upright, (H, W) or (H, W, 3).

    Where values number things, as in label maps, nothing may be stretched. Values of 8 bits are as
    `read_picture` shows them.

    Raises:
        UnusableError: see `read_picture`.
    """
    with _reasons():
        return _decoded(_checked(path)).values


def picture_from_bytes(contents: bytes) -> Picture:
    """Read the contents of an image file as `read_picture` does, without a file.

    Raises:
        UnusableError: see `read_picture`.
    """
    with _reasons():
        _check_file_size(len(contents))
        return _picture(io.BytesIO(contents))


def picture_size_from_bytes(contents: bytes) -> tuple[int, int]:
    """Return the height and width that the contents of an image file declare, undecoded.

    Raises:
        UnusableError: see `read_picture`.
    """
    with _reasons():
        _check_file_size(len(contents))
        return _declared_size(io.BytesIO(contents))


def oriented(values: np.ndarray, orientation: int) -> np.ndarray:
    """Return values, (H, W) or (H, W, C), turned as EXIF numbers orientations, 1–8."""
    turn = _TURNS[orientation]
    return np.ascontiguousarray(turn(values))


def _checked(path: Path) -> Path:
    """Return the path of a regular file that is neither empty nor huge."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnusableError("it is no regular file")
    _check_file_size(status.st_size)
    return path


def _check_file_size(size: int) -> None:
    if size == 0:
        raise UnusableError("the file is empty (0 bytes)")
    if size > _LARGEST_FILE:
        raise UnusableError(f"the file is larger than {_LARGEST_FILE >> 30} GB")


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn whatever goes wrong with an image file into a reason."""
    try:
        yield
    except UnusableError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableError(_too_many_pixels()) from error
    except UnidentifiedImageError as error:
        raise UnusableError(f"it is damaged or no {FORMAT_NAMES} image") from error
    except PermissionError as error:
        raise UnusableError("this user may not read the file") from error
    # Decoders fed with damaged bytes raise almost anything; one file must not stop the import.
    except Exception as error:
        raise UnusableError(
            f"it is cut off or damaged ({error or type(error).__name__})"
        ) from error


@contextmanager
def _opened(source: _File) -> Iterator[Image.Image | None]:
    """Open an image file that promises nothing outrageous; None where it is a TIFF for tifffile.

    A deep TIFF is one for tifffile, as Pillow takes the higher byte of deep colours, does not
    know which end of a deep scale is white, and opens no more than the commonest kinds.
    """
    _know_heif()
    try:
        image = Image.open(source, formats=FORMATS)
    except UnidentifiedImageError:
        if not is_tiff(_contents(source, 4)):
            raise
        yield None
        return
    with image:
        _check_size(*image.size)
        yield image if image.format != "TIFF" or is_plain(image) else None


@cache
def _know_heif() -> None:
    """Teach Pillow to read HEIC once, as late as possible, for the library is large."""
    import pi_heif

    pi_heif.register_heif_opener()


def _contents(source: _File, count: int = -1) -> bytes:
    """Return the first `count` bytes of an image file, by default all."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(count)
    source.seek(0)
    return source.read(count)


def _declared_size(source: _File) -> tuple[int, int]:
    with _opened(source) as image:
        if image is not None:
            return image.height, image.width
    return _declared_tiff_size(source)


def _declared_tiff_size(source: _File) -> tuple[int, int]:
    height, width = tiff_size(source)
    _check_size(width, height)
    return height, width


@dataclass(frozen=True)
class _Decoded:
    """The values of an image file, upright, and the window that they are shown in, if any."""

    values: np.ndarray
    remark: str = ""
    window: Window | None = None


def _picture(source: _File) -> Picture:
    found = _decoded(source)
    if found.window is None:
        return Picture(found.values, found.remark)
    pixels = windowed(found.values, found.window)
    return Picture(_without_colour(pixels), found.remark, found.window)


def _decoded(source: _File) -> _Decoded:
    with _opened(source) as image:
        if image is not None:
            return _from_pillow(image, source)
    _declared_tiff_size(source)
    tiff = read_tiff(source)
    window = _window(tiff.values)
    window = window.negative if tiff.is_negative else window
    return _Decoded(oriented(tiff.values, tiff.orientation), tiff.remark, window)


def _from_pillow(image: Image.Image, source: _File) -> _Decoded:
    left_out = _frames_left_out(image)
    if _has_deep_colours(image):
        return _deep(_deep_png(_contents(source)), _declared_orientation(image))
    if image.format == "JPEG2000" and jpeg2000_is_deep(contents := _contents(source)):
        return _deep(_deep_jpeg2000(contents), _declared_orientation(image))
    if isinstance(image, PpmImagePlugin.PpmImageFile):
        maxval = _netpbm_maxval(image)
        if maxval not in (None, 255):
            return _netpbm(image, _contents(source), maxval)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        # Without a name the file is not mapped; Pillow 13 maps it in the size it has when turned,
        # which scrambles what lies on its side.
        image.filename = ""
    image.load()
    remarks = "; ".join(filter(None, [left_out, _turn_upright(image)]))
    if image.mode in _DEEP_MODES:
        values = np.asarray(image)
        return _Decoded(values, remarks, _window(values))
    return _Decoded(_pixels(image), remarks)


def _check_size(width: int, height: int) -> None:
    if Image.MAX_IMAGE_PIXELS and width * height > Image.MAX_IMAGE_PIXELS:
        raise UnusableError(_too_many_pixels())
    if min(width, height) < 2:
        raise UnusableError(f"it measures {width}×{height} pixels, which shows nothing")


def _too_many_pixels() -> str:
    return f"it declares more than {Image.MAX_IMAGE_PIXELS} pixels; make it smaller"


def _frames_left_out(image: Image.Image) -> str:
    # The further frames of an MPO are previews and other eyes of the same photograph.
    frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    return f"only the first of its {frames} pages or frames was used" if frames > 1 else ""


def _has_deep_colours(image: Image.Image) -> bool:
    """Whether it is a PNG of 16-bit colours or grey with transparency; Pillow keeps 8 bits."""
    if not isinstance(image, ImageFile.ImageFile) or image.format != "PNG":
        return False
    return image.mode not in _DEEP_MODES and ";16B" in str(image.tile[0].args)


def _deep_png(contents: bytes) -> np.ndarray:
    from imagecodecs import png_decode

    values: np.ndarray = png_decode(contents)
    return values


def _deep_jpeg2000(contents: bytes) -> np.ndarray:
    from imagecodecs import jpeg2k_decode

    values: np.ndarray = jpeg2k_decode(contents)
    return values


def _deep(values: np.ndarray, orientation: int) -> _Decoded:
    """Return deep values, (H, W) or (H, W, 1 to 4), upright, transparency laid over black."""
    if values.ndim == 3 and values.shape[-1] in (2, 4):
        opaque = values[..., :-1] * (values[..., -1:] / np.iinfo(values.dtype).max)
        values = np.rint(opaque).astype(values.dtype)
    values = values[..., 0] if values.shape[-1] == 1 else values
    return _Decoded(oriented(values, orientation), "", _window(values))


def _netpbm_maxval(image: ImageFile.ImageFile) -> int | None:
    """Return the largest value that a PGM or PPM file may hold, None of other kinds."""
    args = image.tile[0].args
    if args == "I;16B":
        return 65535
    return args[1] if isinstance(args, tuple) and len(args) == 2 else None


def _netpbm(image: ImageFile.ImageFile, contents: bytes, maxval: int) -> _Decoded:
    """Return the values of a PGM or PPM file, which Pillow would stretch to those of its mode."""
    decoder, _, offset, _ = image.tile[0]
    count = image.width * image.height * len(image.getbands())
    if decoder == "ppm_plain":
        words = re.sub(rb"#[^\r\n]*", b" ", contents[offset:]).split()
        values = np.array(words[:count], dtype=np.int64)
    else:
        values = np.frombuffer(contents, ">u2" if maxval > 255 else "u1", count, offset)
    values = np.minimum(values, maxval).astype(np.uint16)
    values = values.reshape(image.height, image.width, -1)
    if values.shape[-1] == 1:
        values = values[..., 0]
        return _Decoded(values, "", full_window(values) if maxval > 255 else Window(0.0, maxval))
    return _Decoded(values, "", Window(0.0, maxval))


def _window(values: np.ndarray) -> Window:
    return full_window(values) if values.ndim == 2 else colour_window(values)


def _turn_upright(image: Image.Image) -> str:
    """Turn an image as its EXIF orientation says; return what hindered that, empty if nothing."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    # EXIF is a format of its own within the file; when it is damaged the image may still be whole.
    except Exception:
        return "its EXIF data are damaged, so its orientation was not corrected"
    return ""


def _declared_orientation(image: Image.Image) -> int:
    """Return how `_turn_upright` turns an image, 1 where it cannot."""
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception:
        return 1
    return orientation if orientation in range(1, 9) else 1


def _exchanged(shape: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return height and width, exchanged where an orientation lays an image on its side."""
    return (shape[1], shape[0]) if orientation in _LYING else shape


def _pixels(image: Image.Image) -> np.ndarray:
    if image.has_transparency_data:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image.convert("RGBA"))
    if image.mode in ("1", "L"):
        return np.asarray(image if image.mode == "L" else image.convert("L"))
    return _without_colour(np.asarray(image.convert("RGB")))


def _without_colour(pixels: np.ndarray) -> np.ndarray:
    """Return RGB pixels as grey (H, W) where all of them are grey."""
    if pixels.ndim == 3 and (pixels[..., :1] == pixels[..., 1:]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return pixels
