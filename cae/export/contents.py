"""What exports hold, as the bytes of its file."""

import io
import json
from collections.abc import Iterable, Iterator

import numpy as np

_ROWS_AT_ONCE = 4096


def json_bytes(value: object) -> bytes:
    """Return `value` as readable JSON."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def json_text(value: object) -> str:
    """Return `value` as JSON in one line, of characters that every tool reads."""
    return json.dumps(value, allow_nan=False)


def json_array_pieces(items: Iterable[object]) -> Iterator[bytes]:
    """Yield the bytes of a JSON array, an item per piece and line."""
    return _listed("[", "]", map(json_text, items))


def json_object_pieces(items: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    """Yield the bytes of a JSON object, a member per piece and line."""
    return _listed("{", "}", (f"{json_text(key)}: {json_text(value)}" for key, value in items))


def _listed(first: str, last: str, texts: Iterable[str]) -> Iterator[bytes]:
    between = first
    for text in texts:
        yield f"{between}\n{text}".encode()
        between = ","
    yield f"{first if between == first else ''}\n{last}".encode()


def png_bytes(image: np.ndarray) -> bytes:
    """Return an image (uint8, H×W×1 or H×W×3) as PNG, every pixel unchanged."""
    from PIL import Image

    pixels = image[..., 0] if image.shape[-1] == 1 else image
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG")
    return buffer.getvalue()


def palette_png_bytes(numbers: np.ndarray, palette: np.ndarray) -> bytes:
    """Return numbers (uint8, H×W) as a PNG whose pixels they are, shown in colours (K, 3)."""
    from PIL import Image

    picture = Image.fromarray(numbers, "P")
    picture.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def pixel_pieces(images: np.ndarray) -> Iterator[bytes]:
    """Yield images (uint8, any shape) as a .npy file, an image per piece."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": images.shape}
    )
    yield header.getvalue()
    yield from (image.tobytes() for image in images)


def npy_pieces(latents: np.ndarray, rows: np.ndarray) -> Iterator[bytes]:
    """Yield the `rows` of latents (N, d), which may be memory-mapped, as a float32 .npy file."""
    header = io.BytesIO()
    shape = (len(rows), latents.shape[1])
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    yield header.getvalue()
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield latents[rows[start : start + _ROWS_AT_ONCE]].astype("<f4").tobytes()
