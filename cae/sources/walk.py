"""List the files of a folder whose names need not tell what they are."""

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cae.errors import CaeError

_SYSTEM = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})


@dataclass
class Walk:
    """What a folder, or a single file, holds.

    Attributes:
        folder: the folder, all links resolved.
        files: paths of regular files, relative to `folder`, with slashes, sorted.
        problems: path and reason of whatever else was found.
    """

    folder: Path
    files: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def walk(path: Path) -> Walk:
    """List the regular files in a folder and all folders within, or the one file itself.

    Hidden files, folders of operating systems and links are no part of an image set; links are
    reported, as they may lead out of the folder.

    Raises:
        CaeError: there is nothing at `path` or it cannot be read.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return Walk(path.resolve().parent, [path.resolve().name])
    if not path.is_dir():
        raise CaeError(f"There is no folder or file {path}; check its name.")
    found = Walk(path.resolve())

    def note(error: OSError) -> None:
        name = Path(error.filename).relative_to(found.folder).as_posix()
        found.problems.append((name, f"the folder cannot be read ({error.strerror})"))

    for parent, folders, files in os.walk(found.folder, onerror=note):
        kept = [name for name in sorted(folders) if not _is_hidden(name)]
        folders[:] = [name for name in kept if not Path(parent, name).is_symlink()]
        links = [name for name in kept if name not in folders]
        for name in [*links, *files]:
            if not _is_hidden(name):
                _sort_in(found, Path(parent, name))
    found.files.sort()
    return found


def last_change(folder: Path, suffixes: Collection[str]) -> int:
    """Return when a folder last became another, in nanoseconds since 1970.

    Something was added to it or one of the folders within, taken away or renamed, or a file with
    one of some suffixes, in lower case, was written. Other files are not looked at.
    """
    newest = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        watched = [name for name in files if Path(name).suffix.casefold() in suffixes]
        for path in (Path(parent), *(Path(parent, name) for name in watched)):
            with suppress(OSError):
                newest = max(newest, path.stat().st_mtime_ns)
    return newest


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in _SYSTEM


def _sort_in(found: Walk, path: Path) -> None:
    relative = path.relative_to(found.folder).as_posix()
    if path.is_symlink():
        found.problems.append((relative, "links are not followed"))
    elif not path.is_file():
        found.problems.append((relative, "it is no regular file"))
    else:
        found.files.append(relative)
