"""The limited process that reads DICOM files; `cae.sources.limited` runs it."""

import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pydicom import config, dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cae.errors import UnusableError
from cae.sources.depth import Window
from cae.sources.dicom.facts import aspect, describe
from cae.sources.dicom.frames import frame_count, frame_facts
from cae.sources.dicom.identities import Keys
from cae.sources.dicom.preamble import has_preamble
from cae.sources.dicom.reasons import NO_DICOM
from cae.sources.dicom.rendering import check_pixels, read_frames
from cae.sources.fitting import fit_square, isotropic
from cae.sources.limited import Message, serve
from cae.sources.pseudonyms import Pseudonyms

_LARGEST_FILE = 4 << 30
_DEFERRED = 1 << 16
_SUFFIXES = (".dcm", ".dicom", ".ima", ".dc3", "")


def answer(request: dict[str, Any]) -> Iterator[Message]:
    """Answer what is asked of a file.

    ``{"look": path}`` yields its frames, longest side in square pixels and number of channels;
    ``{"read": path, "side": pixels, "salt": text, "identify": …}`` yields every frame, its columns
    and its pixels, uint8 (side, side, C). ``salt`` is `Pseudonyms.as_text` of who asks. Where
    ``identify`` is true there are also ``identities`` among the columns, see `Keys`.
    """
    if "look" in request:
        yield _look(Path(request["look"])), b""
    else:
        yield from _read(Path(request["read"]), request["side"], request)


def _look(path: Path) -> dict[str, Any]:
    dataset = open_images(path)
    facts = frame_facts(dataset, 0)
    ratio = aspect(facts)
    is_grey = dataset.PhotometricInterpretation in ("MONOCHROME1", "MONOCHROME2")
    return {
        "frames": frame_count(dataset),
        "side": max(dataset.Rows * max(ratio, 1), dataset.Columns * max(1 / ratio, 1)),
        "channels": 1 if is_grey else 3,
    }


def _read(path: Path, side: int, request: dict[str, Any]) -> Iterator[Message]:
    dataset, pseudonyms = open_images(path), Pseudonyms.from_text(request["salt"])
    for number, frame in enumerate(read_frames(dataset), start=1):
        row = {**describe(frame.facts, pseudonyms), "frame": number}
        if request["identify"]:
            row["identities"] = Keys(pseudonyms).of_image(frame.facts)
        square = fit_square(isotropic(frame.pixels, aspect(frame.facts)), side)
        header = {
            "row": row,
            "window": _listed(frame.window),
            "remark": frame.remark,
            "channels": square.shape[-1],
        }
        yield header, square.tobytes()


def _listed(window: Window | None) -> list[float] | None:
    return None if window is None else list(window)


def open_images(path: Path) -> FileDataset:
    """Read a file that holds images, its pixels still packed.

    Raises:
        UnusableError: it is no DICOM file, or holds none that can be read.
    """
    size = path.stat().st_size
    if size == 0:
        raise UnusableError("the file is empty (0 bytes)")
    if size > _LARGEST_FILE:
        raise UnusableError(f"the file is larger than {_LARGEST_FILE >> 30} GB")
    is_marked = has_preamble(path)
    if not is_marked and PurePosixPath(path.name).suffix.casefold() not in _SUFFIXES:
        raise UnusableError(NO_DICOM)
    try:
        dataset = dcmread(path, force=True, defer_size=_DEFERRED)
    except MemoryError:
        raise
    # Bytes that are no DICOM lead the parser anywhere.
    except Exception as error:
        if is_marked:
            raise
        raise UnusableError(NO_DICOM) from error
    if not is_marked and "SOPClassUID" not in dataset and "Rows" not in dataset:
        raise UnusableError(NO_DICOM)
    if "DirectoryRecordSequence" in dataset:
        raise UnusableError("it is a table of contents (DICOMDIR), which is not needed")
    _complete_meta(dataset)
    check_pixels(dataset, size)
    return dataset


def _complete_meta(dataset: FileDataset) -> None:
    """Give a file that lacks its transfer syntax the one that it was parsed by."""
    if dataset.file_meta.get("TransferSyntaxUID"):
        return
    is_implicit, is_little = dataset.original_encoding
    plain = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
    dataset.file_meta.TransferSyntaxUID = plain if is_little else ExplicitVRBigEndian


if __name__ == "__main__":
    # What these warn of either fails, and is reported, or does no harm.
    warnings.simplefilter("ignore")
    config.settings.reading_validation_mode = config.IGNORE
    serve(answer)
