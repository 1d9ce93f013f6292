"""TIFF files that Pillow reads wrongly or not at all: deep colours, floats, many channels."""

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from cae.errors import UnusableError

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_LARGEST_ARRAY = 2 << 30
_UNSIGNED, _UNDEFINED = 1, 4
_ORIENTATION, _SAMPLE_FORMAT = 274, 339
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE = 0, 1, 2, 3
_UNSPECIFIED, _UNASSOCIATED_ALPHA = 0, 2


@dataclass(frozen=True)
class DeepTiff:
    """The first page of a TIFF file.

    Attributes:
        values: (H, W) or (H, W, 3), of any real type, transparency laid over black.
        is_negative: whether small values are bright.
        orientation: as EXIF numbers it, 1–8.
        remark: what of the file could not be used, as a phrase; empty if nothing.
    """

    values: np.ndarray
    is_negative: bool
    orientation: int
    remark: str


def is_tiff(start: bytes) -> bool:
    """Whether a file with these first bytes is a TIFF or BigTIFF."""
    return start[:4] in _MAGIC


def is_plain(image: Image.Image) -> bool:
    """Whether a TIFF that Pillow opened is read right by it: at most 8 bits, no extra channels."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    tags = image.tag_v2
    is_grey = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) in (
        _MIN_IS_WHITE,
        _MIN_IS_BLACK,
    )
    return (
        max(tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))) <= 8
        and set(tags.get(_SAMPLE_FORMAT, (_UNSIGNED,))) <= {_UNSIGNED, _UNDEFINED}
        and not (is_grey and _UNSPECIFIED in tags.get(TiffImagePlugin.EXTRASAMPLES, ()))
    )


def tiff_size(source: Path | io.BytesIO) -> tuple[int, int]:
    """Return the height and width that the first page declares, without decoding it."""
    with _opened(source) as file:
        page = file.pages.first
        return page.imagelength, page.imagewidth


def tiff_orientation(source: Path | io.BytesIO) -> int:
    """Return how the first page is to be turned, as EXIF numbers it, without decoding it."""
    with _opened(source) as file:
        return _orientation(file.pages.first)


def read_tiff(source: Path | io.BytesIO) -> DeepTiff:
    """Read the first page of a TIFF file of any depth, sample type, layout and compression.

    Of more than three channels that are no colours, the first three are taken as red, green and
    blue, of two the first.

    Raises:
        UnusableError: the page is cut off, too large, or of a kind that is not supported.
        Exception: whatever the decoder raises on damaged bytes.
    """
    with _opened(source) as file:
        page = file.pages.first
        _check(page, file.filehandle.size)
        try:
            values = page.asarray()
        except (ValueError, NotImplementedError) as error:
            if "not supported" not in str(error) and "requires" not in str(error):
                raise
            raise UnusableError(_unsupported(str(error))) from error
        values, remark = _channels(page, values)
        remarks = [_pages_left_out(len(file.pages)), remark]
        return DeepTiff(
            values,
            page.photometric == _MIN_IS_WHITE,
            _orientation(page),
            "; ".join(filter(None, remarks)),
        )


def _opened(source: Path | io.BytesIO) -> Any:
    """Return an open `tifffile.TiffFile`; the library logs what it also raises, which is enough."""
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)
    if not isinstance(source, Path):
        source.seek(0)
    return tifffile.TiffFile(source)


def _orientation(page: Any) -> int:
    tag = page.tags.get(_ORIENTATION)
    return int(tag.value) if tag is not None and tag.value in range(1, 9) else 1


def _check(page: Any, file_size: int) -> None:
    if page.dtype is None or page.dtype.kind not in "buif":
        kind = "values of this type" if page.dtype is None else f"{page.dtype} values"
        raise UnusableError(_unsupported(kind))
    if page.photometric not in (_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE):
        raise UnusableError(_unsupported(f"{page.photometric.name} colours"))
    if page.nbytes > _LARGEST_ARRAY:
        raise UnusableError(f"it would fill more than {_LARGEST_ARRAY >> 30} GB; make it smaller")
    ends = (
        offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)
    )
    if max(ends, default=0) > file_size or len(page.dataoffsets) != len(page.databytecounts):
        raise UnusableError("it is cut off or damaged (its pixels lie beyond the end of the file)")


def _unsupported(what: str) -> str:
    return f"this kind of TIFF is not supported ({what}); save it as 8- or 16-bit TIFF or PNG"


def _pages_left_out(pages: int) -> str:
    return f"only the first of its {pages} pages or frames was used" if pages > 1 else ""


def _channels(page: Any, values: np.ndarray) -> tuple[np.ndarray, str]:
    """Return grey or RGB values, and what was left out."""
    if page.axes == "SYX":
        values = np.moveaxis(values, 0, -1)
    elif page.axes == "ZYX":
        return values[0], f"only the first of its {len(values)} planes was used"
    elif page.axes not in ("YX", "YXS"):
        raise UnusableError(_unsupported(f"axes {page.axes}"))
    if page.photometric == _PALETTE:
        return np.moveaxis(page.colormap[:, values], 0, -1), ""
    if values.ndim == 2:
        return values, ""
    return _colours(values, [int(kind) for kind in page.extrasamples], page.photometric == _RGB)


def _colours(values: np.ndarray, extra_samples: list[int], is_rgb: bool) -> tuple[np.ndarray, str]:
    """Return the grey or RGB values among channels (H, W, C), and what was left out."""
    first_extra = values.shape[-1] - len(extra_samples)
    for place, kind in enumerate(extra_samples, start=first_extra):
        if kind == _UNASSOCIATED_ALPHA:
            values = _over_black(values, place)
    alphas = [place for place, kind in enumerate(extra_samples, start=first_extra) if kind]
    values = values[..., :3] if is_rgb else np.delete(values, alphas, axis=-1)
    count = values.shape[-1]
    if count <= 2:
        remark = "only the first of its 2 channels was used" if count == 2 else ""
        return values[..., 0], remark
    remark = f"only the first 3 of its {count} channels were used, as red, green and blue"
    return values[..., :3], remark if count > 3 else ""


def _over_black(values: np.ndarray, alpha: int) -> np.ndarray:
    """Return values weighted by their opacity, of the type they have."""
    opacity = values[..., alpha : alpha + 1]
    top = np.iinfo(values.dtype).max if values.dtype.kind in "iu" else 1.0
    return (values * (opacity / top)).astype(values.dtype)
