"""The files of a source where they lie now: opened by name, and nothing beside them."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cae.errors import CaeError, UnusableError
from cae.sources import parse
from cae.sources.dicom.source import DicomSource
from cae.sources.folder import FolderSource
from cae.sources.nifti.source import NiftiSource
from cae.sources.stored import StoredSource
from cae.sources.unzip import members_by_path
from cae.uploads import uploaded_source

GONE = "it is gone"
LEADS_OUT = "it lies outside of the images' folder, or a link leads there"
# Opens a file by its path in the source; raises `UnusableError`, as with `GONE`.
Opener = Callable[[str], BinaryIO]


def place_of_files(noted: str) -> Path:
    """Return the folder, zip file or file that a source reads its files from.

    Args:
        noted: the source as a study notes it.

    Raises:
        CaeError: the source has no files of single images, or they were uploaded.
    """
    if uploaded_source(noted) is not None:
        raise CaeError("The images were uploaded, and uploads are not kept once they are imported.")
    source = parse(noted)
    if isinstance(source, FolderSource):
        return source.folder
    if isinstance(source, DicomSource | NiftiSource):
        return source.path
    if isinstance(source, StoredSource):
        raise CaeError(
            f"The images lie at {source.address}, not on this computer; copy them from there."
        )
    kind = noted.partition(":")[0]
    raise CaeError(f"Images that come from {kind} have no files of their own.")


@contextmanager
def opened_files(place: Path) -> Iterator[Opener]:
    """Yield what opens the files of a folder, of a zip file, or the one file itself.

    Nothing is opened that is not below the folder when all links are followed, and nothing but
    regular files.

    Args:
        place: what `place_of_files` returns.

    Raises:
        CaeError: a zip file is damaged or refused, see `cae.sources.unzip.unpack_zip`.
    """
    if place.is_file() and zipfile.is_zipfile(place):
        with members_by_path(place) as (zipped, members):
            yield lambda file: _opened_member(zipped, members, file)
    else:
        folder = place.resolve().parent if place.is_file() else place.resolve()
        yield lambda file: _opened(folder, file)


def _opened_member(
    zipped: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], file: str
) -> BinaryIO:
    if file not in members:
        raise UnusableError(GONE)
    # A member is opened as a raw stream, typed as IO[bytes].
    return zipped.open(members[file])  # type: ignore[return-value]


def _opened(folder: Path, file: str) -> BinaryIO:
    try:
        path = (folder / file).resolve(strict=True)
        if not path.is_relative_to(folder):
            raise UnusableError(LEADS_OUT)
        # What is not regular, such as a pipe, would be waited for without end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnusableError(GONE)
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnusableError(GONE) from error
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnusableError(f"it cannot be read ({reason})") from error
