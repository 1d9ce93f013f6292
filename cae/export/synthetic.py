"""Decoded images, marked so that nobody takes them for real ones."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from cae.errors import CaeError
from cae.version import __version__

# Of any sizes, or all of one in one array.
Images = Sequence[np.ndarray] | np.ndarray

SYNTHETIC = "SYNTHETIC"
ORIGINAL = "ORIGINAL"
LEGIBLE_WIDTH = 160
_INK = (0, 0, 0)
# Amber warns; grey is neutral. Neither is lost beside a black or white image.
_SYNTHETIC_GROUND = (255, 191, 0)
_ORIGINAL_GROUND = (190, 190, 190)
_SMALLEST_TYPE = 9
# The EXIF tag that says what a picture shows.
_IMAGE_DESCRIPTION = 0x010E


def mark(image: np.ndarray, caption: str = SYNTHETIC) -> np.ndarray:
    """Return a decoded image, at least 160 pixels wide, with an amber caption strip below it.

    The strip never covers the image, and pixels are repeated, not blended, so that what the
    decoder made stays visible as it is. A caption that does not say SYNTHETIC gets the word
    put in front.

    Args:
        image: uint8 (H, W), (H, W, 1) or (H, W, 3).
        caption: each of its lines is shortened with an ellipsis where it is too long.

    Returns:
        uint8, RGB, (H·times + a strip per line, W·times, 3).

    Raises:
        CaeError: the array is no such image.
    """
    if SYNTHETIC not in caption.upper():
        caption = f"{SYNTHETIC} {caption}".strip(" ")
    return _captioned(image, caption, _SYNTHETIC_GROUND)


def film_strip(images: Images, captions: Sequence[str]) -> np.ndarray:
    """Return images of one size side by side, each with its caption.

    Every image is marked as synthetic, except where its caption begins with ORIGINAL; there
    the strip is grey.

    Returns:
        uint8, RGB, (H′, W′, 3).

    Raises:
        CaeError: there is no image, or not one caption per image.
    """
    if len(images) == 0 or len(images) != len(captions):
        raise CaeError(
            f"A film strip needs one caption per image, but there are {len(images)} images and "
            f"{len(captions)} captions."
        )
    captions = _of_equal_height(captions)
    tiles = [
        _captioned(image, caption, _ORIGINAL_GROUND)
        if caption.startswith(ORIGINAL)
        else mark(image, caption)
        for image, caption in zip(images, captions, strict=True)
    ]
    gap = np.full((len(tiles[0]), max(2, tiles[0].shape[1] // 40), 3), 255, dtype=np.uint8)
    spaced = [piece for tile in tiles for piece in (tile, gap)][:-1]
    return np.concatenate(spaced, axis=1)


def picture_grid(images: Images, captions: Sequence[str], columns: int) -> np.ndarray:
    """Return images of one size in rows of `columns`, each with its caption as in `film_strip`.

    Raises:
        CaeError: there is no image, not one caption per image, or the last row is not full.
    """
    if columns < 1 or len(images) % columns:
        raise CaeError(f"{len(images)} images do not fill rows of {columns}.")
    captions = _of_equal_height(captions)
    rows = [
        film_strip(images[start : start + columns], captions[start : start + columns])
        for start in range(0, max(len(images), 1), columns)
    ]
    gap = np.full((max(2, rows[0].shape[1] // columns // 40), *rows[0].shape[1:]), 255, np.uint8)
    return np.concatenate([piece for row in rows for piece in (row, gap)][:-1], axis=0)


def marked_png(picture: np.ndarray, metadata: Mapping[str, Any] | None = None) -> bytes:
    """Return a picture that is marked already, by `mark` or `film_strip`, as a PNG.

    Its text field ``Synthetic`` says so too.

    Args:
        picture: uint8, RGB, (H, W, 3).
        metadata: further text fields; values that are no text are written as JSON.
    """
    text = PngInfo()
    for key, value in metadata_fields(metadata).items():
        text.add_itxt(key, value)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", pnginfo=text)
    return buffer.getvalue()


def marked_gif(
    frames: Images,
    seconds_per_frame: float = 0.2,
    metadata: Mapping[str, Any] | None = None,
    captions: Sequence[str] | None = None,
) -> bytes:
    """Return decoded images as an endless GIF, each frame marked, with a comment that says so.

    Args:
        frames: images as for `mark`, all of one size.
        seconds_per_frame: 0.02 to 60.
        metadata: facts to keep, written into the comment as JSON.
        captions: what stands below each frame; its number where None.

    Raises:
        CaeError: there is no frame, or the time is out of range.
    """
    comment = json.dumps(metadata_fields(metadata)).encode("ascii")
    return _animation(frames, seconds_per_frame, captions, format="GIF", comment=comment)


def marked_webp(
    frames: Images,
    seconds_per_frame: float = 0.2,
    metadata: Mapping[str, Any] | None = None,
    captions: Sequence[str] | None = None,
) -> bytes:
    """Return decoded images as an endless lossless WebP, marked as `marked_gif` does.

    The facts are the EXIF image description, as JSON; arguments and errors are those of
    `marked_gif`.
    """
    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = json.dumps(metadata_fields(metadata))
    how: dict[str, Any] = {"format": "WEBP", "lossless": True, "exif": exif.tobytes()}
    return _animation(frames, seconds_per_frame, captions, **how)


def marked_frames(
    frames: Images, seconds_per_frame: float, captions: Sequence[str] | None
) -> list[np.ndarray]:
    """Return the frames of an animation, each marked; arguments are those of `marked_gif`.

    Raises:
        CaeError: there is no frame, or the time is out of range.
    """
    if len(frames) == 0:
        raise CaeError("There is no frame to write; make a path first.")
    if not 0.02 <= seconds_per_frame <= 60:
        raise CaeError(f"{seconds_per_frame} s per frame cannot be shown; use 0.02 to 60 s.")
    if captions is None:
        captions = [f"{SYNTHETIC} {number}/{len(frames)}" for number in range(1, len(frames) + 1)]
    of_one_height = _of_equal_height(captions)
    return [mark(frame, caption) for frame, caption in zip(frames, of_one_height, strict=True)]


def metadata_fields(metadata: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what every file of decoded images says of itself, and facts besides, as texts."""
    fields = {
        "Synthetic": f"decoded by CAE Explorer {__version__}; not an image of a real subject",
        "Software": f"CAE Explorer {__version__}",
    }
    for key, value in (metadata or {}).items():
        # PNG allows keywords of 1 to 79 Latin-1 characters only.
        keyword = key.encode("latin-1", "replace").decode("latin-1")[:79] or "-"
        fields.setdefault(
            keyword, value if isinstance(value, str) else json.dumps(value, default=str)
        )
    return fields


def require_synthetic_name(file: Path) -> Path:
    """Return `file`; raise `CaeError` unless its name says that it holds decoded images."""
    file = Path(file)
    if "synthetic" not in file.name.lower():
        raise CaeError(
            f"The name {file.name!r} must contain 'synthetic', because the file holds decoded "
            "images; add the word."
        )
    return file


def _animation(
    frames: Images, seconds_per_frame: float, captions: Sequence[str] | None, **options: Any
) -> bytes:
    marked = [
        Image.fromarray(frame) for frame in marked_frames(frames, seconds_per_frame, captions)
    ]
    buffer = io.BytesIO()
    marked[0].save(
        buffer,
        save_all=True,
        append_images=marked[1:],
        duration=round(seconds_per_frame * 1000),
        loop=0,
        **options,
    )
    return buffer.getvalue()


def _captioned(image: np.ndarray, caption: str, ground: tuple[int, int, int]) -> np.ndarray:
    picture = _rgb(image)
    times = -(-LEGIBLE_WIDTH // picture.shape[1])
    enlarged = picture.repeat(times, axis=0).repeat(times, axis=1)
    strips = [_strip(line, enlarged.shape[1], ground) for line in caption.split("\n")]
    return np.concatenate([enlarged, *strips], axis=0)


def _of_equal_height(captions: Sequence[str]) -> list[str]:
    """Return captions of as many lines as the longest, so that marked images are of one size."""
    lines = max((caption.count("\n") for caption in captions), default=0)
    return [caption + "\n" * (lines - caption.count("\n")) for caption in captions]


def _rgb(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:
        raise CaeError(
            f"An image must be 8-bit grey or RGB, but this is {image.dtype} of shape {image.shape}."
        )
    return image if image.shape[2] == 3 else image.repeat(3, axis=2)


def _strip(caption: str, width: int, ground: tuple[int, int, int]) -> np.ndarray:
    height = max(_SMALLEST_TYPE * 2, width // 9)
    size = height * 0.6
    font = ImageFont.load_default(size)
    room = width - 4
    while font.getlength(caption) > room and size > _SMALLEST_TYPE:
        size -= 1
        font = ImageFont.load_default(max(size, _SMALLEST_TYPE))
    strip = Image.new("RGB", (width, height), ground)
    fitting = _shortened(caption, font, room)
    ImageDraw.Draw(strip).text((width / 2, height / 2), fitting, _INK, font, anchor="mm")
    return np.asarray(strip)


def _shortened(
    caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: float
) -> str:
    if font.getlength(caption) <= room:
        return caption
    while caption and font.getlength(caption + "…") > room:
        caption = caption[:-1]
    return caption + "…"
