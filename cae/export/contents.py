"""What exports hold, as the bytes of its file."""

import io
import json
from collections.abc import Iterator

import numpy as np

_ROWS_AT_ONCE = 4096


def json_bytes(value: object) -> bytes:
    """Return `value` as readable JSON."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


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
