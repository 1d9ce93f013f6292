"""Find the images in a folder."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cae.errors import CaeError
from cae.number_text import counted
from cae.sources.paths import folder_of, suffix_of
from cae.sources.picture import SUFFIXES, unread_reason
from cae.sources.problems import Problem, summed_up
from cae.sources.table_file import HOW_TO_CONVERT, OTHER_TABLE_SUFFIXES, TABLE_SUFFIXES

# What systems and cameras put beside the files of people, in any case.
_SYSTEM_NAMES = frozenset(
    {"__macosx", "@eadir", "$recycle.bin", "recycler", "system volume information", "#recycle"}
    | {"#snapshot", "lost+found", "thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"}
)
_THUMBNAILS = frozenset({"thumbnails", "thumbnail", "thumbs", "thumb", "_thumbs", "_thumbnails"})
_NOT_FOLLOWED = "links to folders are not followed"
_LEADS_OUT = "it is a link that leads out of the folder or nowhere"


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
    problems: list[Problem] = field(default_factory=list)


def scan_folder(folder: Path) -> Scan:
    """List the images and tables in a folder and all folders within.

    Hidden files and folders (names that begin with a dot or a tilde and a dollar, and what systems
    make, such as ``__MACOSX`` and ``@eaDir``) are no part of an image set, and folders of
    thumbnails are none beside other images. Links are refused where they lead out of the folder
    or to another folder.

    Raises:
        CaeError: there is no such folder or it cannot be read.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise CaeError(f"There is no folder {folder}; check its name.")
    scan = Scan(folder.resolve())
    _list(scan)
    scan.pictures.sort()
    scan.tables.sort()
    _leave_out_thumbnails(scan)
    scan.problems = _grouped(scan.problems)
    return scan


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name.casefold() in _SYSTEM_NAMES


def _leave_out_thumbnails(scan: Scan) -> None:
    """Leave out folders of thumbnails, unless they hold all images there are."""
    found = {folder: _thumbnail_folder(folder) for folder in set(map(folder_of, scan.pictures))}
    if all(found.values()):
        return
    folders = Counter(filter(None, (found[folder_of(file)] for file in scan.pictures)))
    scan.pictures = [file for file in scan.pictures if not found[folder_of(file)]]
    scan.problems += [
        (folder, f"thumbnails of other images: {counted(count, 'file')}")
        for folder, count in sorted(folders.items())
    ]


def _thumbnail_folder(folder: str) -> str | None:
    """Return the outermost folder of thumbnails on the way to a folder, itself included."""
    names = folder.split("/")
    places = (place for place, name in enumerate(names, 1) if name.casefold() in _THUMBNAILS)
    first = next(places, None)
    return None if first is None else "/".join(names[:first])


def _grouped(problems: list[Problem]) -> list[Problem]:
    """Say once what many files of one kind have in common."""
    by_kind: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for file, reason in problems:
        suffix = suffix_of(file).casefold() if reason == unread_reason(file) else ""
        by_kind[reason, suffix].append((file, reason))
    grouped: list[Problem] = []
    for (reason, suffix), alike in by_kind.items():
        grouped += summed_up(
            alike,
            f"files ending in {suffix}" if suffix else f"{len(alike):,} files",
            partial(_such_as, reason),
        )
    return grouped


def _such_as(reason: str, count: int, first: Problem) -> str:
    return f"{count:,} such as {first[0]}: {reason}"


def _list(scan: Scan) -> None:
    """Sort in all that is in the folder and, the outer ones first, in the folders within."""
    waiting = [""]
    while waiting:
        within = waiting.pop()
        try:
            entries = sorted(os.scandir(scan.folder / within), key=lambda entry: entry.name)
        except OSError as error:
            _note_unread(scan, within, error)
            continue
        folders = []
        for entry in entries:
            relative = within + entry.name
            if _is_hidden(entry.name):
                continue
            if not _is(entry.is_dir):
                _sort_in(scan, relative, entry)
            elif entry.is_symlink():
                scan.problems.append((relative, _NOT_FOLLOWED))
            else:
                folders.append(f"{relative}/")
        waiting += reversed(folders)


def _note_unread(scan: Scan, within: str, error: OSError) -> None:
    if not within:
        raise CaeError(
            f"The folder {scan.folder} cannot be read ({error.strerror}); check its rights."
        ) from error
    scan.problems.append((within.rstrip("/"), f"the folder cannot be read ({error.strerror})"))


def _sort_in(scan: Scan, relative: str, entry: os.DirEntry[str]) -> None:
    suffix = suffix_of(relative).casefold()
    if entry.is_symlink() and not _stays_inside(Path(entry.path), scan.folder):
        scan.problems.append((relative, _LEADS_OUT))
    elif not _is(entry.is_file):
        scan.problems.append((relative, "it is no regular file"))
    elif suffix in SUFFIXES:
        scan.pictures.append(relative)
    elif suffix in TABLE_SUFFIXES:
        scan.tables.append(relative)
    elif suffix in OTHER_TABLE_SUFFIXES:
        scan.problems.append((relative, HOW_TO_CONVERT))
    else:
        scan.problems.append((relative, unread_reason(relative)))


def _is(kind: Callable[[], bool]) -> bool:
    """Whether an entry is of a kind; a link to itself is of none."""
    try:
        return kind()
    except OSError:
        return False


def _stays_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False
