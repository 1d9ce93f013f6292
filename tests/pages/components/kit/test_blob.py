import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pages.components.kit.blob import pack
from pages.components.kit.component import protocol

MODULE = Path(__file__).parents[4] / "pages/components/kit/frontend/blob.js"
# Prints what a module of the app makes of a message on its standard input.
UNPACKED = """
const { unpack } = await import(process.argv[1]);
const parts = [];
for await (const part of process.stdin) parts.push(part);
const { header, arrays } = unpack(new Uint8Array(Buffer.concat(parts)));
const kinds = Object.entries(arrays).map(([name, array]) => [name, array.constructor.name]);
const numbers = Object.entries(arrays).map(([name, array]) => [name, [...array]]);
console.log(JSON.stringify({
  title: header.title, kinds: Object.fromEntries(kinds), numbers: Object.fromEntries(numbers),
}));
"""


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


def test_what_no_message_can_hold_is_refused():
    with pytest.raises(ValueError, match="places is float64"):
        pack({}, {"places": np.zeros(3)})


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node in PATH")
def test_the_browser_reads_what_python_packs():
    dtypes = protocol("kit", "blob")["dtypes"]
    rng = np.random.default_rng(0)
    sent = {name: rng.integers(0, 200, 5).astype(name) for name in dtypes}
    command = ["node", "--input-type=module", "--eval", UNPACKED, MODULE.as_uri()]
    message = pack({"title": "häuser"}, sent)
    ran = subprocess.run(command, input=message, capture_output=True, timeout=60, check=True)
    read = json.loads(ran.stdout)
    assert read["title"] == "häuser"
    assert read["kinds"] == dtypes
    assert read["numbers"] == {name: array.tolist() for name, array in sent.items()}
