"""Frames of a DICOM file as they are meant to be seen: 8-bit grey or RGB.

Stored values become those of the modality (PS3.3 C.7.6.16.2.9b, C.11.1), these are brought onto
0–255 by the window or table that the file asks for (C.11.2), and MONOCHROME1 is shown inverted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.uid import JPEG2000TransferSyntaxes

from cae.errors import UnusableError
from cae.sources.depth import Window, colour_window, full_window, windowed
from cae.sources.dicom.frames import frame_count, frame_facts
from cae.sources.dicom.jpeg12 import register

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_FEWEST_BYTES = 16
_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_SIGMOID_REACH = 4
_THRESHOLD = 1e-6


@dataclass(frozen=True)
class Frame:
    """One frame as it is to be seen.

    Attributes:
        pixels: uint8, (H, W) grey or (H, W, 3) RGB; pixels outside the image proper are black.
        window: the modality's values that are shown black and white, None for 8-bit colours and
            where a table maps values to grey.
        remark: what of the file could not be used, as a phrase; empty if nothing.
        facts: the elements that count for this frame.
    """

    pixels: np.ndarray
    window: Window | None
    remark: str
    facts: Dataset


def check_pixels(dataset: Dataset, file_size: int) -> None:
    """Make sure that a file holds images whose size can be believed, before any is decoded.

    Raises:
        UnusableError: there is no image, or what it declares is too much.
    """
    what = getattr(dataset.get("SOPClassUID"), "name", "") or "of an unknown kind"
    if dataset.get("SOPClassUID") == _SEGMENTATION:
        raise UnusableError("it holds a segmentation and no image")
    if not any(keyword in dataset for keyword in (*_PIXELS, "PixelDataProviderURL")):
        raise UnusableError(f"it holds no image ({what})")
    missing = [
        keyword
        for keyword in ("Rows", "Columns", "BitsAllocated", "PhotometricInterpretation")
        if not dataset.get(keyword)
    ]
    if missing:
        raise UnusableError(f"it is damaged: its {missing[0]} is missing")
    rows, columns, frames = dataset.Rows, dataset.Columns, frame_count(dataset)
    if rows * columns > Image.MAX_IMAGE_PIXELS:
        raise UnusableError(
            f"it declares more than {Image.MAX_IMAGE_PIXELS} pixels; make it smaller"
        )
    if min(rows, columns) < 2:
        raise UnusableError(f"it measures {columns}×{rows} pixels, which shows nothing")
    if not 0 < frames <= max(1, file_size // _FEWEST_BYTES):
        raise UnusableError(f"it declares {frames} frames, which it cannot hold")


def read_frames(dataset: Dataset) -> Iterator[Frame]:
    """Yield the frames of a file one by one.

    Raises:
        UnusableError: the way the pixels are packed is not supported.
        Exception: whatever a decoder raises on damaged bytes.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise UnusableError(f"its compression is not supported ({syntax.name})") from error
    register()
    # The frames that other plugins make of JPEG 2000 cannot be given the sign that they lack.
    plugin = "pylibjpeg" if syntax in JPEG2000TransferSyntaxes else ""
    count = frame_count(dataset)
    frames = decoder.iter_array(dataset, raw=False, decoding_plugin=plugin)
    for number, (values, _) in enumerate(frames):
        if number == count:
            return
        yield _frame(values, frame_facts(dataset, number))


def _frame(values: np.ndarray, facts: Dataset) -> Frame:
    if facts.PhotometricInterpretation == "PALETTE COLOR":
        colours = apply_color_lut(values, facts)
        return _colour_frame(colours, facts)
    if values.ndim == 3:
        return _colour_frame(values, facts)
    return _grey_frame(values, facts)


def _colour_frame(values: np.ndarray, facts: Dataset) -> Frame:
    if values.dtype == np.uint8:
        return Frame(values, None, "", facts)
    window = colour_window(values)
    return Frame(windowed(values, window), window, "", facts)


def _grey_frame(stored: np.ndarray, facts: Dataset) -> Frame:
    outside = _padding(stored, facts)
    values = _modality_values(stored, facts)
    inside = values[~outside] if outside.any() and not outside.all() else values
    is_negative = facts.PhotometricInterpretation == "MONOCHROME1"
    if facts.get("VOILUTSequence"):
        pixels, window = _by_table(values, facts), None
        pixels = 255 - pixels if is_negative else pixels
        remark = ""
    else:
        pixels, window, remark = _by_window(values, inside, facts, is_negative)
    pixels[outside] = 0
    return Frame(pixels, window, remark, facts)


def _modality_values(stored: np.ndarray, facts: Dataset) -> np.ndarray:
    if facts.get("ModalityLUTSequence") or "RescaleSlope" in facts:
        if not facts.get("ModalityLUTSequence") and facts.get("RescaleIntercept") is None:
            facts.RescaleIntercept = 0
        return apply_modality_lut(stored, facts)
    return stored


def _padding(stored: np.ndarray, facts: Dataset) -> np.ndarray:
    """Return which stored values stand for no image, such as corners outside a round field."""
    value = facts.get("PixelPaddingValue")
    if not isinstance(value, int):
        return np.zeros(stored.shape, bool)
    limit = facts.get("PixelPaddingRangeLimit")
    ends = [_as_stored(end, facts) for end in (value, limit) if isinstance(end, int)]
    return (stored >= min(ends)) & (stored <= max(ends))


def _as_stored(value: int, facts: Dataset) -> int:
    """Return a padding value with the sign of the pixels, which files often get wrong."""
    bits: int = facts.BitsAllocated
    if facts.get("PixelRepresentation") == 1 and value >= 1 << (bits - 1):
        return value - (1 << bits)
    if facts.get("PixelRepresentation") == 0 and value < 0:
        return value + (1 << bits)
    return value


def _by_table(values: np.ndarray, facts: Dataset) -> np.ndarray:
    """Return the grey values that the file's VOI LUT gives, of as many bits as it declares."""
    bits = facts.VOILUTSequence[0].LUTDescriptor[2]
    mapped = apply_voi(np.rint(values).astype(np.int64), facts)
    return windowed(mapped, Window(0.0, 2.0**bits - 1))


def _by_window(
    values: np.ndarray, inside: np.ndarray, facts: Dataset, is_negative: bool
) -> tuple[np.ndarray, Window, str]:
    """Return grey values by the file's first window, or by the image's own range without one."""
    given = _given_window(facts)
    own = full_window(inside)
    remark = ""
    if given is not None and (given.white <= own.black or given.black >= own.white):
        if own.black < own.white:
            remark = "the window it asks for shows nothing, so its own range was taken"
        given = None
    window = given or own
    if given is not None and facts.get("VOILUTFunction") == "SIGMOID":
        shares = _sigmoid(values, window)
        values, scale = shares, Window(0.0, 1.0)
    else:
        scale = window
    if is_negative:
        window, scale = window.negative, scale.negative
    return windowed(values, scale), window, remark


def _given_window(facts: Dataset) -> Window | None:
    """Return the ends of the file's first window, None where it has none that makes sense."""
    centre, width = _first(facts.get("WindowCenter")), _first(facts.get("WindowWidth"))
    if centre is None or width is None or width <= 0:
        return None
    if facts.get("VOILUTFunction") in ("LINEAR_EXACT", "SIGMOID"):
        return Window(centre - width / 2, centre + width / 2)
    # PS3.3 C.11.2.1.2.1; a width of 1 makes a threshold, here one of hardly any width.
    half = max(width - 1, _THRESHOLD) / 2
    return Window(centre - 0.5 - half, centre - 0.5 + half)


def _first(value: Any) -> float | None:
    """Return the first of one or several numbers, None where there is none."""
    several = hasattr(value, "append") or isinstance(value, (list, tuple))
    try:
        number = float(list(value)[0] if several else value)
    except (IndexError, TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _sigmoid(values: np.ndarray, window: Window) -> np.ndarray:
    """Return shares of white, PS3.3 C.11.2.1.3.1, for a window centre ± width/2."""
    centre, width = (window.black + window.white) / 2, window.white - window.black
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-_SIGMOID_REACH * (values - centre) / width))
