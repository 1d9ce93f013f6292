"""Decoded images as a film that ordinary players show, each frame marked."""

import io
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cae.errors import CaeError
from cae.export.synthetic import Images, marked_frames, metadata_fields

if TYPE_CHECKING:
    from av.video.stream import VideoStream

# What comes with the package `av`, and where it is missing, how to get it.
HOW_TO_GET = "Films as MP4 need the package av; install it with: pip install 'cae-explorer[film]'"
_CODEC, _PIXELS = "libx264", "yuv420p"
# Constant rate factor: 0 loses nothing, 51 most.
_LOSS = "10"


def can_film() -> bool:
    """Return whether the package that encodes films is installed."""
    return find_spec("av") is not None


def marked_mp4(
    frames: Images,
    seconds_per_frame: float = 0.2,
    metadata: Mapping[str, Any] | None = None,
    captions: Sequence[str] | None = None,
) -> bytes:
    """Return decoded images as an MP4 (H.264), marked as `cae.export.synthetic.marked_gif` does.

    The facts are the film's comment, as JSON. Grey values change a little, as in every such film;
    WebP keeps them. Arguments are those of `marked_gif`.

    Raises:
        CaeError: there is no frame, the time is out of range, or the package av is missing.
    """
    if not can_film():
        raise CaeError(f"{HOW_TO_GET}.")
    import av

    pictures = [_even(frame) for frame in marked_frames(frames, seconds_per_frame, captions)]
    height, width = pictures[0].shape[:2]
    buffer = io.BytesIO()
    # Several threads cut frames up differently from one run to the next.
    options = {"crf": _LOSS, "x264-params": "threads=1"}
    with av.open(buffer, "w", format="mp4") as film:
        film.metadata["comment"] = json.dumps(metadata_fields(metadata))
        rate = Fraction(1000, round(seconds_per_frame * 1000))
        stream = cast("VideoStream", film.add_stream(_CODEC, rate=rate, options=options))
        stream.width, stream.height, stream.pix_fmt = width, height, _PIXELS
        for picture in pictures:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        film.mux(stream.encode(None))
    return buffer.getvalue()


def _even(picture: np.ndarray) -> np.ndarray:
    """Return a picture with an even number of rows and columns, as the codec halves colours."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
