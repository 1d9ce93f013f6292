"""A SQLite file in a study, which may come from anybody and may lie where nobody may write."""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from cae.cohorts.database.damage import damaged
from cae.cohorts.database.schema import NEWEST, migrate
from cae.errors import CaeError
from cae.read_only import require_there, require_writable

_BUSY_SECONDS = 30.0
# Of one value; a selection of ten million images takes less.
_MOST_BYTES = 1 << 25
_BEGIN = "begin"


class SqliteDatabase:
    """The cohorts of one study in a file.

    Every use opens its own connection, so threads and processes may share the file. The first
    thing that is stored makes it; one of a former version is brought up to date.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that changes nothing, see `Database`."""
        with self._understood(), self._readable() as path:
            if _version(path) < NEWEST:
                _migrate(path)
            with _engine(path).connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only = ON")
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that no other one writes beside, see `Database`."""
        require_there(self.path.parent)
        require_writable(self.path.parent)
        with self._understood():
            if _version(self.path) < NEWEST:
                _migrate(self.path)
            with _immediate(self.path) as connection:
                yield connection

    @contextmanager
    def _readable(self) -> Iterator[Path]:
        """Yield a file that SQLite can read: this one, or a copy where nothing can be written.

        SQLite writes beside a file even when it only reads.
        """
        if os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK):
            yield self.path
            return
        # Held for as long as it is read, since it goes with whoever holds it last.
        folder = _copy(self.path, tuple(map(_stamp, _parts(self.path))))
        yield Path(folder.name) / self.path.name

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Turn what SQLite complains about into a sentence."""
        try:
            yield
        except DBAPIError as error:
            raise self._problem(error.orig or error) from error
        except (sqlite3.Error, OSError) as error:
            raise self._problem(error) from error

    def _problem(self, error: BaseException) -> CaeError:
        if isinstance(error, sqlite3.OperationalError):
            return CaeError(
                f"{self.path} cannot be used ({error}); check that its folder can be written, "
                "the disk is not full and no other program holds it."
            )
        return damaged(self.path, error)


def _migrate(path: Path) -> None:
    with closing(_opened(path)) as connection:
        _use_write_ahead_log(connection)
    with _immediate(path) as connection:
        # Another process may have made the tables while this one waited for its turn.
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version < NEWEST:
            migrate(connection, version)
            # Versions before Alembic look for it here, and refuse what is newer than they are.
            connection.exec_driver_sql(f"PRAGMA user_version = {NEWEST}")


@lru_cache(maxsize=8)
def _copy(path: Path, stamps: tuple[tuple[int, int], ...]) -> tempfile.TemporaryDirectory[str]:
    """Return a folder with a copy of a file as it is when it has these stamps."""
    folder = tempfile.TemporaryDirectory(prefix="cae-cohorts-", ignore_cleanup_errors=True)
    for part, stamp in zip(_parts(path), stamps, strict=True):
        if any(stamp):
            shutil.copyfile(part, Path(folder.name) / part.name)
    return folder


def _parts(path: Path) -> tuple[Path, Path]:
    """Return a file, and that of what was written last and is not in it yet."""
    return path, path.with_name(f"{path.name}-wal")


def _stamp(path: Path) -> tuple[int, int]:
    if not path.exists():
        return 0, 0
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=64)
def _engine(path: Path) -> Engine:
    engine = create_engine("sqlite://", creator=partial(_opened, path), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # The driver would begin late, so that what is read first is not of the transaction.
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


@contextmanager
def _immediate(path: Path) -> Iterator[Connection]:
    engine = _engine(path).execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
    with engine.begin() as connection:
        yield connection


def _opened(path: Path) -> sqlite3.Connection:
    """Open a file and look whether it is one that this program may have written."""
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        _refuse_foreign(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not 0 <= version <= NEWEST:
        raise CaeError(f"{path} was written by a newer version; update CAE Explorer.")
    # What these do happens when a table is read or written, for as long as they please.
    foreign = "SELECT type, name FROM sqlite_master WHERE type NOT IN ('table', 'index')"
    if found := connection.execute(f"{foreign} OR sql LIKE 'CREATE VIRTUAL%'").fetchone():
        raise CaeError(
            f"{path} holds the {found[0]} {found[1][:40]!r}, which CAE Explorer never makes; ask "
            "for it whoever gave you the study, or move it away to start without saved cohorts."
        )


def _version(path: Path) -> int:
    """Return the version of the tables in a file, 0 where there are none."""
    with closing(_opened(path)) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once; the setting stays with the file."""
    patience = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself when two connections change the mode at once.
            if "locked" not in str(error) or time.monotonic() > patience:
                raise
            time.sleep(0.02)
