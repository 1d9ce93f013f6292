"""The mark that DICOM files bear."""

from pathlib import Path

_PLACE, _MARK = 128, b"DICM"


def has_preamble(path: Path) -> bool:
    """Whether a file bears the mark of DICOM, which a few DICOM files lack."""
    with path.open("rb") as file:
        return file.read(_PLACE + len(_MARK))[_PLACE:] == _MARK
