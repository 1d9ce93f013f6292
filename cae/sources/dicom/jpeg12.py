"""JPEG of 12 bits (Extended, process 4), which pydicom decodes only with a plugin under the GPL.

`register` offers imagecodecs to pydicom instead, in the form that its plugins have.
"""

from functools import cache

from imagecodecs import jpeg8_decode
from pydicom.pixels.decoders import JPEGExtended12BitDecoder
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.uid import JPEGExtended12Bit

DECODER_DEPENDENCIES = {JPEGExtended12Bit: ("imagecodecs>=2025.3",)}


def is_available(uid: str) -> bool:
    """Whether this plugin decodes the transfer syntax `uid`."""
    return uid == JPEGExtended12Bit


def decode(src: bytes, runner: DecodeRunner) -> bytes:
    """Return the samples of one frame, 16 bits each, little endian.

    Raises:
        NotImplementedError: it is no grey image of more than 8 bits; others decode those.
    """
    values = jpeg8_decode(src)
    if values.ndim != 2 or values.itemsize != 2:
        raise NotImplementedError("only grey JPEG of 12 bits")
    runner.set_option("bits_allocated", 16)
    return values.astype("<u2").tobytes()


@cache
def register() -> None:
    """Make pydicom use this plugin where no other decodes; once is enough."""
    JPEGExtended12BitDecoder.add_plugin("imagecodecs", (__name__, "decode"))
