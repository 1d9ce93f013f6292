"""Find the images in a folder."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cae.errors import CaeError
from cae.sources.picture import SUFFIXES, unread_reason

TABLE_SUFFIXES = frozenset({".csv", ".tsv"})


@dataclass
class Scan:
    """What a folder holds.

    Attributes:
        folder: the folder, all links resolved.
        pictures: paths of files that are named like images, relative, with slashes, sorted.
        tables: paths of files that are named like tables, likewise.
        problems: path and reason of whatever else was found.
    """

    folder: Path
    pictures: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def scan_folder(folder: Path) -> Scan:
    """List the images and tables in a folder and all folders within.

    Hidden files and folders (names that begin with a dot, and macOS's ``__MACOSX``) are no part
    of an image set. Links are refused where they lead out of the folder or to another folder.

    Raises:
        CaeError: there is no such folder or it cannot be read.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise CaeError(f"There is no folder {folder}; check its name.")
    scan = Scan(folder.resolve())
    for parent, folders, files in os.walk(scan.folder, onerror=_noter(scan)):
        for name in sorted(folders):
            if Path(parent, name).is_symlink() and not _is_hidden(name):
                relative = Path(parent, name).relative_to(scan.folder).as_posix()
                scan.problems.append((relative, "links to folders are not followed"))
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in files:
            if not _is_hidden(name):
                _sort_in(scan, Path(parent, name))
    scan.pictures.sort()
    scan.tables.sort()
    return scan


def printable(path: str) -> str:
    """Return a path as text that can be stored; bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _noter(scan: Scan) -> Callable[[OSError], None]:
    """Return what `os.walk` is to do with folders it cannot list."""

    def note(error: OSError) -> None:
        if Path(error.filename) == scan.folder:
            raise CaeError(
                f"The folder {scan.folder} cannot be read ({error.strerror}); check its rights."
            ) from error
        relative = Path(error.filename).relative_to(scan.folder).as_posix()
        scan.problems.append((relative, f"the folder cannot be read ({error.strerror})"))

    return note


def _sort_in(scan: Scan, path: Path) -> None:
    relative = path.relative_to(scan.folder).as_posix()
    suffix = PurePosixPath(relative).suffix.casefold()
    if path.is_symlink() and not _stays_inside(path, scan.folder):
        scan.problems.append((relative, "it is a link that leads out of the folder or nowhere"))
    elif not path.is_file():
        scan.problems.append((relative, "it is no regular file"))
    elif suffix in SUFFIXES:
        scan.pictures.append(relative)
    elif suffix in TABLE_SUFFIXES:
        scan.tables.append(relative)
    else:
        scan.problems.append((relative, unread_reason(relative)))


def _stays_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False
