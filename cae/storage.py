"""Files that are either whole or absent, and their hashes."""

import errno
import hashlib
import itertools
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cae.errors import CaeError, DamagedFileError, TooLargeError
from cae.process_identity import ProcessIdentity

_CHUNK_BYTES = 1 << 22
# The name tempfile.mkdtemp makes from the prefix that atomic_path gives it, with the process whose
# scratch it is, as `ProcessIdentity.tag` tells it: others, perhaps of other computers, work in the
# same folders. Without a process, or when that began, it is of a former version.
_OWNER = r"(?P<host>[0-9a-f]{8})-(?P<process>\d+)(?:-(?P<born>[0-9a-f]+))?"
_ENDING = rf"(?:\.{_OWNER})?\.[a-z0-9_]{{8}}"
_SCRATCH = re.compile(rf"\..+?{_ENDING}")
_FULL = (errno.ENOSPC, errno.EDQUOT)
# What is left on a full disk, where writing fails without saying why.
_LEAST_FREE = 1 << 20
# Far more than any file of a study holds, and little enough for any computer to read.
_MOST_JSON_BYTES = 1 << 24
_MOST_JSON_DEPTH = 64
# Images never fill so small a share of the bytes that their file claims to have.
_LEAST_SHARE_HELD = 64


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well.

    The block may make a file or a folder there. When it raises, whatever it wrote is removed
    and an existing `path` stays as it was.

    Raises:
        CaeError: the disk is full.
    """
    path = Path(path)
    scratch = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{path.name}.{ProcessIdentity.of_this_process().tag}."
        scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
        temporary = scratch / path.name
        yield temporary
        _flush(temporary)
        _take_place(temporary, path, scratch / "replaced")
        _flush(path.parent)
    except Exception as error:
        # To be asked before what was half written is removed.
        if not is_of_a_full_disk(error, path.parent):
            raise
        raise CaeError(
            f"The disk is full: {path} could not be written; make room and run the same again."
        ) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def is_of_a_full_disk(error: Exception, folder: Path) -> bool:
    """Whether an error came from a full disk, of which torch and others do not speak plainly."""
    if isinstance(error, CaeError | TypeError | ValueError | LookupError | AttributeError):
        return False
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE
    except OSError:
        return False


def _take_place(temporary: Path, path: Path, replaced: Path) -> None:
    """Rename `temporary` to `path`; a folder there, which nothing can overwrite, goes first."""
    if not (temporary.is_dir() and path.is_dir()):
        temporary.replace(path)
        return
    path.rename(replaced)
    try:
        temporary.replace(path)
    except BaseException:
        replaced.rename(path)
        raise


def remove_scratch(path: Path) -> None:
    """Remove what `atomic_path` left beside and inside `path` when its process was killed.

    What a living process of this or of another computer writes there stays.
    """
    # A sibling's scratch begins alike when its name does, so the ending is matched in full.
    own = re.compile(rf"\.{re.escape(path.name)}{_ENDING}")
    beside = (found for found in path.parent.glob(".*") if own.fullmatch(found.name))
    for folder in itertools.chain(beside, path.rglob(".*")):
        found = _SCRATCH.fullmatch(folder.name)
        if found and folder.is_dir() and _is_abandoned(found):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(scratch: re.Match[str]) -> bool:
    """Whether the process that made a scratch folder has ended; unknown of other computers."""
    if scratch["process"] is None:
        return True
    return not ProcessIdentity.from_tag(*scratch.group("host", "process", "born")).is_alive


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON, atomically.

    Raises:
        TooLargeError: it takes more than the 16.8 MB that `read_json` reads; nothing is written.
        ValueError: a number in it is not finite, which `read_json` would refuse.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # Names of files that are no UTF-8 become \\udcxx, which JSON reads back as they were.
    content = text.encode("utf-8", "backslashreplace")
    if len(content) > _MOST_JSON_BYTES:
        raise TooLargeError(
            f"{path} would have {len(content) / 1e6:.1f} MB, and at most "
            f"{_MOST_JSON_BYTES / 1e6:.1f} MB can be read again; nothing was written."
        )
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def read_json(path: Path) -> Any:
    """Read a JSON file of at most 16 MB, however it came here.

    Raises:
        CaeError: the file is missing or too large, is not JSON, is nested deeply, or holds a
            number that is not finite.
    """
    path = Path(path)
    require_file(path, "check the folder's name")
    if path.stat().st_size > _MOST_JSON_BYTES:
        size, most = path.stat().st_size / 1e6, _MOST_JSON_BYTES / 1e6
        raise DamagedFileError(path, f"it has {size:,.0f} MB and should have at most {most:.0f} MB")
    try:
        found = json.loads(path.read_text("utf-8"), parse_constant=_finite, parse_float=_finite)
        _require_shallow(found)
    except _NotFiniteError as error:
        raise DamagedFileError(path, f"it holds {error}, which is no finite number") from error
    except OSError as error:
        raise CaeError(
            f"{path} cannot be read ({error.strerror}); check its permissions."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(path, "it is not JSON") from error
    return found


class _NotFiniteError(Exception):
    """A number that JSON has no word for."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotFiniteError(text[:20])
    return number


def _require_shallow(value: Any) -> None:
    level = [value]
    for _ in range(_MOST_JSON_DEPTH):
        inner = [one for one in level if isinstance(one, dict | list)]
        if not inner:
            return
        level = [item for one in inner for item in (one.values() if isinstance(one, dict) else one)]
    raise RecursionError


def require_file(path: Path, advice: str) -> None:
    """Raise `CaeError`, with `advice` for a missing one, unless `path` is a file of its own.

    What only looks like one, such as a pipe, would be waited for without end.
    """
    if not os.path.lexists(path):
        raise CaeError(f"{path} does not exist; {advice}.")
    if not path.is_file():
        raise DamagedFileError(path, "it is no file")


def require_no_way_out(folder: Path) -> None:
    """Raise `CaeError` where a link anywhere in `folder` leads out of it.

    What is read, written or removed in a folder of somebody else must be of that folder.
    """
    inside = folder.resolve()
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            # Unlike Path.resolve, realpath goes past links that lead in a circle.
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(inside):
                raise CaeError(
                    f"{path} is a link that leads out of the folder; put what it leads to in its "
                    "place, or remove it."
                )


def require_held(path: Path) -> None:
    """Raise `CaeError` where a file holds next to nothing of the bytes that it claims to have.

    Such a sparse file takes no room on the disk, and gigabytes once it is read.
    """
    status = path.stat()
    # Not told by every system and file system.
    held = 512 * getattr(status, "st_blocks", 0)
    if 0 < held * _LEAST_SHARE_HELD < status.st_size:
        raise DamagedFileError(
            path,
            f"it claims {status.st_size / 1e9:.1f} GB, but holds {held / 1e6:.1f} MB on the disk",
        )


def write_array(path: Path, array: np.ndarray) -> None:
    """Write `array` as .npy, atomically."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


def write_array_in_chunks(
    path: Path, chunks: Iterable[np.ndarray], shape: tuple[int, ...], dtype: np.typing.DTypeLike
) -> None:
    """Write arrays one after another, along their first axis, as one .npy of `shape`, atomically.

    Only one of them is in memory at a time. They are written rather than mapped, since a full disk
    ends a process that writes to a map.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
        np.lib.format.write_array_header_2_0(file, {**header, "shape": shape})
        for chunk in chunks:
            file.write(np.ascontiguousarray(chunk, dtype).data)


def read_array(path: Path) -> np.ndarray:
    """Memory-map a .npy file read-only.

    Raises:
        CaeError: the file is missing, cut off, sparse or not .npy; pickled objects are refused.
    """
    require_file(path, "redo the step that makes it")
    require_held(path)
    try:
        return np.lib.format.open_memmap(path, mode="r")
    # numpy evaluates a damaged header as Python text, where almost anything may go wrong.
    except Exception as error:
        raise DamagedFileError(path, str(error), "redo the step that makes it") from error


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, atomically."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False)


def read_table(path: Path) -> pd.DataFrame:
    """Read a Parquet table.

    Raises:
        CaeError: the file is missing or damaged.
    """
    try:
        return pd.read_parquet(path)
    except FileNotFoundError as error:
        raise CaeError(f"{path} does not exist; redo the step that makes it.") from error
    # What pyarrow and pandas raise on a damaged file is not documented.
    except Exception as error:
        raise DamagedFileError(path, str(error), "redo the step that makes it") from error


def sha256_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
