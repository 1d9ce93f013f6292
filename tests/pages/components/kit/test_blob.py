import json

import numpy as np
import pytest

from pages.components.kit.blob import pack


def unpacked(blob: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """What frontend/blob.js does, by struct-free slicing."""
    length = int.from_bytes(blob[:4], "little")
    header = json.loads(blob[4 : 4 + length])
    body = blob[4 + length :]
    arrays = {
        entry["name"]: np.frombuffer(body, entry["dtype"], entry["length"], entry["offset"])
        for entry in header["arrays"]
    }
    return header, arrays


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8])
def test_arrays_come_back_and_are_aligned(count):
    sent = {
        "bytes": np.arange(count, dtype=np.uint8),
        "codes": np.arange(count, dtype=np.uint16),
        "places": np.linspace(0, 1, 2 * count, dtype=np.float32),
    }
    blob = pack({"name": "häuser" + "x" * count}, sent)
    header, arrays = unpacked(blob)
    assert header["name"] == "häuser" + "x" * count
    start = 4 + int.from_bytes(blob[:4], "little")
    for entry in header["arrays"]:
        assert (start + entry["offset"]) % 8 == 0
        np.testing.assert_array_equal(arrays[entry["name"]], sent[entry["name"]])
