import numpy as np
import pytest
from imagecodecs import jpeg2k_encode

from cae.sources.jpeg2000 import jpeg2000_is_deep


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("kind", "deep"), [(np.uint8, False), (np.int8, True), (np.uint16, True), (np.int16, True)]
)
def test_more_than_eight_bits_and_signs_are_deep(kind, deep, channels):
    values = np.arange(16 * 16 * channels).reshape(16, 16, channels).astype(kind)
    assert jpeg2000_is_deep(jpeg2k_encode(values.squeeze(), level=0)) == deep


def test_what_is_no_jpeg2000_is_not_deep():
    assert not jpeg2000_is_deep(b"")
    assert not jpeg2000_is_deep(b"\xff\x4f\xff\x51")
