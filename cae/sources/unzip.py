"""Unpack zip files that strangers may have made."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cae.errors import CaeError, DamagedFileError
from cae.progress import Progress, silent
from cae.sources.table_file import TABLE_SUFFIXES
from cae.storage import atomic_path

MOST_FILES = 500_000
MOST_BYTES = 50 << 30
MOST_RATIO = 200
_HARMLESS_BYTES = 100 << 20
_PROGRESS_EVERY = 50
_IS_UTF8 = 0x800


def unpack_zip(file: Path, folder: Path, progress: Progress = silent) -> Path:
    """Unpack `file` into a new `folder` and return it; nothing is left behind on failure.

    Refused as a whole: paths that lead out of the folder, links and devices, encryption, one
    name twice, more than `MOST_FILES` files or `MOST_BYTES`, more than the disk has room for, and
    contents more than `MOST_RATIO` times as large as the zip file (from 100 MB on).

    Raises:
        CaeError: the file is missing, damaged or refused, or `folder` exists already.
    """
    file, folder = Path(file), Path(folder)
    if folder.exists():
        raise CaeError(f"{folder} exists already; choose another folder.")
    if not file.is_file() or not zipfile.is_zipfile(file):
        raise CaeError(f"{file} is no zip file or is cut off; pack and upload it again.")
    with (
        _said_when_damaged(file),
        zipfile.ZipFile(file) as zipped,
        atomic_path(folder) as temporary,
    ):
        members = _checked_members(zipped, file)
        total = sum(member.file_size for member in members)
        _check_room(total, file.stat().st_size, file, temporary.parent)
        temporary.mkdir()
        for done, member in enumerate(members, start=1):
            _unpack(zipped, member, temporary)
            if done % _PROGRESS_EVERY == 0 or done == len(members):
                progress(done, len(members), "unpacking")
    return folder


def unpack_tables(file: BinaryIO, folder: Path) -> Path:
    """Unpack the tables of a zip into a new `folder`, with empty files in place of all others.

    That tells how the zip would be read, without its images. Refused is what `unpack_zip` refuses.

    Raises:
        CaeError: the file is damaged or refused.
    """
    name = Path(getattr(file, "name", "The file"))
    with (
        _said_when_damaged(name),
        zipfile.ZipFile(file) as zipped,
        atomic_path(folder) as temporary,
    ):
        members = _checked_members(zipped, name)
        tables = [one for one in members if _inside(one).suffix.casefold() in TABLE_SUFFIXES]
        _check_sizes(tables, name, temporary.parent)
        temporary.mkdir()
        for member in members:
            target = temporary / _inside(member)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        for table in tables:
            (temporary / _inside(table)).unlink()
            _unpack(zipped, table, temporary)
    return folder


def unpack_members(file: BinaryIO, folder: Path, paths: Collection[Path]) -> None:
    """Unpack the members of a zip that belong at `paths` in a folder of `unpack_tables`.

    They take the place of the empty files there.

    Raises:
        CaeError: the file is damaged or refused.
    """
    name = Path(getattr(file, "name", "The file"))
    with _said_when_damaged(name), zipfile.ZipFile(file) as zipped:
        members = [one for one in _checked_members(zipped, name) if folder / _inside(one) in paths]
        _check_sizes(members, name, folder)
        for member in members:
            (folder / _inside(member)).unlink()
            _unpack(zipped, member, folder)


@contextmanager
def members_by_path(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """Yield an open zip file, and its members by the paths that `unpack_zip` gives them.

    Raises:
        CaeError: the file is damaged or refused, see `unpack_zip`.
    """
    with _said_when_damaged(file):
        zipped = zipfile.ZipFile(file)
    with zipped:
        with _said_when_damaged(file):
            members = {_inside(one).as_posix(): one for one in _checked_members(zipped, file)}
        yield zipped, members


@contextmanager
def _said_when_damaged(file: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise DamagedFileError(file, str(error), "pack and upload it again") from error
    except (RuntimeError, OSError) as error:
        raise CaeError(f"{file} cannot be unpacked ({error}); pack it anew.") from error


def _checked_members(zipped: zipfile.ZipFile, file: Path) -> list[zipfile.ZipInfo]:
    members = [_in_utf8(member) for member in zipped.infolist() if not member.is_dir()]
    if len(members) > MOST_FILES:
        raise CaeError(
            f"{file} holds {len(members)} files, but {MOST_FILES} is the limit; split it."
        )
    seen = set()
    for member in members:
        _check_member(member, file)
        path = _inside(member)
        if path in seen:
            raise CaeError(f"{file} holds {member.filename!r} twice; pack it anew.")
        seen.add(path)
    return members


def _in_utf8(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Read a name as UTF-8 that is so written without saying so, as the macOS Finder does.

    Without the flag a name is in the code page of old DOS, in which UTF-8 gives signs that no
    name has.
    """
    if not member.flag_bits & _IS_UTF8:
        try:
            name = member.orig_filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            return member
        member.filename = name.split("\0")[0]
    return member


def _inside(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename.replace("\\", "/"))


def _check_member(member: zipfile.ZipInfo, file: Path) -> None:
    # orig_filename still shows backslashes and what follows a NUL, which zipfile hides.
    name = member.orig_filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise CaeError(f"{file} holds {name!r}, a path that leads out of its folder; pack it anew.")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise CaeError(f"{file} holds {name!r}, a link or device; pack only files and folders.")
    if member.flag_bits & 1:
        raise CaeError(f"{file} is protected by a password; pack it without one.")


def _check_sizes(members: Collection[zipfile.ZipInfo], file: Path, folder: Path) -> None:
    total = sum(member.file_size for member in members)
    _check_room(total, sum(member.compress_size for member in members), file, folder)


def _check_room(total: int, packed: int, file: Path, folder: Path) -> None:
    if total > MOST_BYTES:
        raise CaeError(
            f"{file} would unpack to {total / 1e9:.0f} GB, but {MOST_BYTES / 1e9:.0f} GB is the "
            "limit; split it."
        )
    if total > max(_HARMLESS_BYTES, MOST_RATIO * packed):
        raise CaeError(
            f"{file} would unpack to {total // packed} times its size, which no images do; "
            "pack it anew."
        )
    free = shutil.disk_usage(folder).free
    if total > free:
        raise CaeError(
            f"{file} needs {total / 1e9:.1f} GB of disk, but {free / 1e9:.1f} GB are free; "
            "make room."
        )


def _unpack(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """Write one member; zipfile reads no more than its declared size and compares checksums."""
    target = folder / _inside(member)
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipped.open(member) as packed, target.open("xb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
