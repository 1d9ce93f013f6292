"""Files that are either whole or absent, and their hashes."""

import errno
import hashlib
import itertools
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from cae.errors import CaeError

_CHUNK_BYTES = 1 << 22
# Whose scratch it is: other processes, perhaps of other computers, work in the same folders.
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
# The name tempfile.mkdtemp makes from the prefix that atomic_path gives it; without a process, it
# is of a former version.
_SCRATCH = re.compile(r"\..+?(?:\.(?P<host>[0-9a-f]{8})-(?P<process>\d+))?\.[a-z0-9_]{8}")
_FULL = (errno.ENOSPC, errno.EDQUOT)
# What is left on a full disk, where writing fails without saying why.
_LEAST_FREE = 1 << 20


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
        prefix = f".{path.name}.{_HOST}-{os.getpid()}."
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
    ending = r"(\.[0-9a-f]{8}-\d+)?\.[a-z0-9_]{8}"
    own = re.compile(rf"\.{re.escape(path.name)}{ending}")
    beside = (found for found in path.parent.glob(".*") if own.fullmatch(found.name))
    for folder in itertools.chain(beside, path.rglob(".*")):
        found = _SCRATCH.fullmatch(folder.name)
        if found and folder.is_dir() and _is_abandoned(found["host"], found["process"]):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(host: str | None, process: str | None) -> bool:
    """Whether the process that made a scratch folder has ended; unknown of other computers."""
    if host is None or process is None:
        return True
    return host == _HOST and not psutil.pid_exists(int(process))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON, atomically."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    with atomic_path(path) as temporary:
        # Names of files that are no UTF-8 become \\udcxx, which JSON reads back as they were.
        temporary.write_text(text, "utf-8", errors="backslashreplace")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        CaeError: the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError as error:
        raise CaeError(f"{path} does not exist; check the folder's name.") from error
    except (ValueError, RecursionError) as error:
        raise CaeError(f"{path} is damaged: it is not JSON; restore it from a copy.") from error


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
        CaeError: the file is missing, cut off or not .npy; pickled objects are refused.
    """
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError as error:
        raise CaeError(f"{path} does not exist; redo the step that makes it.") from error
    # numpy evaluates a damaged header as Python text, where almost anything may go wrong.
    except Exception as error:
        raise CaeError(f"{path} is damaged: {error}; redo the step that makes it.") from error


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
        raise CaeError(f"{path} is damaged: {error}; redo the step that makes it.") from error


def sha256_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
