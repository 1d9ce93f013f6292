"""One image file as 8-bit grey or RGB pixels, however it was stored."""

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cae.errors import CaeError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".dib", ".webp"}
)
_LARGEST_FILE = 2 << 30
_NOT_ALLOWED = "this user may not read the file"
_DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})


@dataclass(frozen=True)
class Picture:
    """What an image file shows.

    Attributes:
        pixels: uint8, (H, W) grey or (H, W, 3) RGB; colour images without colour are grey.
        remark: what of the file could not be used, as a phrase; empty if nothing.
    """

    pixels: np.ndarray
    remark: str = ""


def picture_size(path: Path) -> tuple[int, int]:
    """Return the height and width that an image file declares, without decoding it.

    Raises:
        CaeError: see `read_picture`.
    """
    with _opened(path) as image:
        return image.height, image.width


def read_picture(path: Path) -> Picture:
    """Read a PNG, JPEG, TIFF, BMP or WebP file; of several pages or frames the first.

    It is turned as its EXIF orientation says. Palettes are resolved, transparency is laid over
    black, other colour spaces become RGB. Grey values of more than 8 bits are stretched from the
    file's own smallest to its largest value onto 0–255, as the range in use differs from device
    to device; brightness can then not be compared between files.

    Raises:
        CaeError: the file is empty, no image of these formats, cut off, damaged, declares more
            pixels than ``PIL.Image.MAX_IMAGE_PIXELS``, or is a single pixel or line. The text is
            a reason, without the file's name.
    """
    with _opened(path) as image:
        return _picture(image)


def picture_from_bytes(contents: bytes) -> Picture:
    """Read the contents of an image file as `read_picture` does, without a file.

    Raises:
        CaeError: see `read_picture`.
    """
    with _decoded(io.BytesIO(contents), len(contents)) as image:
        return _picture(image)


def _picture(image: Image.Image) -> Picture:
    remarks = [_frames_left_out(image)]
    image.load()
    upright, remark = _upright(image)
    pixels = _pixels(upright)
    return Picture(pixels, "; ".join(filter(None, [*remarks, remark])))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open an image file that promises nothing outrageous; turn all errors into reasons."""
    try:
        status = path.stat()
    except PermissionError as error:
        raise CaeError(_NOT_ALLOWED) from error
    except OSError as error:
        raise CaeError(f"it is cut off or damaged ({error})") from error
    if not stat.S_ISREG(status.st_mode):
        raise CaeError("it is no regular file")
    with _decoded(path, status.st_size) as image:
        yield image


@contextmanager
def _decoded(source: Path | IO[bytes], size: int) -> Iterator[Image.Image]:
    """Open `size` bytes of an image file; turn all errors into reasons."""
    try:
        if size == 0:
            raise CaeError("the file is empty (0 bytes)")
        if size > _LARGEST_FILE:
            raise CaeError(f"the file is larger than {_LARGEST_FILE >> 30} GB")
        with Image.open(source, formats=FORMATS) as image:
            _check_size(image)
            yield image
    except CaeError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CaeError(_too_many_pixels()) from error
    except UnidentifiedImageError as error:
        raise CaeError("it is damaged or no PNG, JPEG, TIFF, BMP or WebP image") from error
    except PermissionError as error:
        raise CaeError(_NOT_ALLOWED) from error
    # Decoders fed with damaged bytes raise almost anything; one file must not stop the import.
    except Exception as error:
        raise CaeError(f"it is cut off or damaged ({error or type(error).__name__})") from error


def _check_size(image: Image.Image) -> None:
    if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
        raise CaeError(_too_many_pixels())
    if min(image.size) < 2:
        raise CaeError(f"it measures {image.width}×{image.height} pixels, which shows nothing")


def _too_many_pixels() -> str:
    return f"it declares more than {Image.MAX_IMAGE_PIXELS} pixels; make it smaller"


def _frames_left_out(image: Image.Image) -> str:
    # The further frames of an MPO are previews and other eyes of the same photograph.
    frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    return f"only the first of its {frames} pages or frames was used" if frames > 1 else ""


def _upright(image: Image.Image) -> tuple[Image.Image, str]:
    try:
        return ImageOps.exif_transpose(image), ""
    # EXIF is a format of its own within the file; when it is damaged the image may still be whole.
    except Exception:
        return image, "its EXIF data are damaged, so its orientation was not corrected"


def _pixels(image: Image.Image) -> np.ndarray:
    if image.mode in _DEEP_MODES:
        return _stretched(np.asarray(image))
    if image.has_transparency_data:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image.convert("RGBA"))
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    colours = np.asarray(image.convert("RGB"))
    grey = (colours[..., :1] == colours[..., 1:]).all()
    return np.ascontiguousarray(colours[..., 0]) if grey else colours


def _stretched(values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        raise CaeError("it holds no finite value")
    low, high = values[finite].min(), values[finite].max()
    if low == high:
        return np.zeros(values.shape, np.uint8)
    shares = np.where(finite, values / 2 - low / 2, 0) / (high / 2 - low / 2)
    return np.rint(shares * 255).astype(np.uint8)
