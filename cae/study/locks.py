"""Who may change a study's folder, and for how long.

Three locks, all free when their process ends in any way: *work* on a study's steps, which may take
hours and which nobody waits for; an *edit* of study.json or another small file, which takes
moments and is waited for; and the *making* of a folder that does not exist yet.
"""

import getpass
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from cae.errors import CaeError
from cae.read_only import require_there, require_writable

WORK, EDIT = ".lock", ".edit.lock"
_EDIT_SECONDS = 60.0


@contextmanager
def working(folder: Path) -> Iterator[None]:
    """Keep other processes from running steps of the study in `folder`.

    Raises:
        CaeError: another process does, the folder is gone, or it cannot be written or is
            read-only.
    """
    require_there(folder)
    require_writable(folder)
    busy = f"Another process is working on the study {folder}; wait for it or cancel it."
    with _held(FileLock(folder / WORK, timeout=0, is_singleton=True), busy):
        yield


@contextmanager
def editing(folder: Path) -> Iterator[None]:
    """Keep others from changing the small files of the study in `folder`; wait for one's turn.

    Raises:
        CaeError: another process has held the study for a minute, or it is gone, cannot be
            written or is read-only.
    """
    require_there(folder)
    require_writable(folder)
    busy = f"Another process keeps changing {folder}; try again, or end that process."
    with _held(FileLock(folder / EDIT, timeout=_EDIT_SECONDS, is_singleton=True), busy):
        yield


@contextmanager
def making(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Keep others from making the study in `folder`, which need not exist yet.

    Args:
        folder: of the study.
        patience: seconds to wait for one's turn; −1 waits for as long as it takes.

    Raises:
        CaeError: another process makes it, or the lock cannot be written.
    """
    # Not beside the folder, where it would stay.
    locks = Path(tempfile.gettempdir()) / f"cae-explorer-{getpass.getuser()}"
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    try:
        locks.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unwritable(locks, error) from error
    busy = f"Another process is making the study {folder}; wait for it or choose another folder."
    with _held(FileLock(locks / f"{name}.lock", timeout=patience), busy):
        yield


@contextmanager
def _held(lock: BaseFileLock, busy: str) -> Iterator[None]:
    try:
        lock.acquire()
    except Timeout as error:
        raise CaeError(busy) from error
    except OSError as error:
        raise _unwritable(Path(lock.lock_file).parent, error) from error
    try:
        yield
    finally:
        lock.release()


def _unwritable(folder: Path, error: OSError) -> CaeError:
    return CaeError(
        f"{folder} cannot be changed ({error.strerror}); check its permissions and the space left."
    )
