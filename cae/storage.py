"""Files that are either whole or absent, and their hashes."""

import glob
import hashlib
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cae.errors import CaeError

_CHUNK_BYTES = 1 << 22
# The name tempfile.mkdtemp makes from the prefix that atomic_path gives it.
_SCRATCH = re.compile(r"\..+\.[a-z0-9_]{8}")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well.

    The block may make a file or a folder there. When it raises, whatever it wrote is removed
    and an existing `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    temporary = scratch / path.name
    try:
        yield temporary
        _flush(temporary)
        _take_place(temporary, path, scratch / "replaced")
        _flush(path.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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

    Call it only while no other process writes there.
    """
    # A sibling's scratch begins alike when its name does, so the ending is matched in full.
    beside = path.parent.glob(f".{glob.escape(path.name)}.{'[a-z0-9_]' * 8}")
    for folder in itertools.chain(beside, path.rglob(".*")):
        if _SCRATCH.fullmatch(folder.name) and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


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
