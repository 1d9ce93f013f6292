"""One binary message from Python to a component: a JSON header and aligned typed arrays."""

import json
from typing import Any

import numpy as np

from pages.components.kit.component import protocol

_LAYOUT = protocol("kit", "blob")
_ALIGNMENT, _LENGTH_BYTES = _LAYOUT["alignment"], _LAYOUT["lengthBytes"]


def pack(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Return `header` and `arrays` as one blob, which `frontend/blob.js` takes apart.

    Layout: uint32 length of the JSON text, the text padded to a multiple of eight bytes, then
    the arrays in order, each padded likewise. The text lists name, dtype, offset and length of
    every array under ``"arrays"``. Arrays are sent little-endian as they are, of the dtypes that
    ``frontend/blob.json`` lists; another one raises ValueError.
    """
    entries, parts, offset = [], [], 0
    for name, array in arrays.items():
        if array.dtype.name not in _LAYOUT["dtypes"]:
            raise ValueError(f"{name} is {array.dtype.name}, which no message can hold")
        contents = np.ascontiguousarray(array).tobytes()
        entries.append(
            {"name": name, "dtype": array.dtype.name, "offset": offset, "length": array.size}
        )
        parts.append(_padded(contents, 0))
        offset += len(parts[-1])
    text = _padded(json.dumps({**header, "arrays": entries}).encode(), _LENGTH_BYTES, b" ")
    return b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *parts])


def _padded(contents: bytes, before: int, fill: bytes = b"\0") -> bytes:
    return contents + fill * int(-(before + len(contents)) % _ALIGNMENT)
