"""What the header of a JPEG 2000 file tells of its values."""

_CODESTREAM = b"\xff\x4f\xff\x51"  # SOC and SIZ, with which every codestream begins
# Bytes from there to the number of components, and of what is told of each.
_TO_COMPONENTS, _PER_COMPONENT = 40, 3


def jpeg2000_is_deep(contents: bytes) -> bool:
    """Whether a file holds values of more than 8 bits, or signed ones (ISO/IEC 15444-1, A.5.1)."""
    start = contents.find(_CODESTREAM)
    if start < 0:
        return False
    place = start + _TO_COMPONENTS
    components = int.from_bytes(contents[place : place + 2], "big")
    sizes = contents[place + 2 : place + 2 + _PER_COMPONENT * components : _PER_COMPONENT]
    # Bits less one; the highest bit says that there is a sign.
    return any(size > 7 for size in sizes)
