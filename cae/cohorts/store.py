"""Saved cohorts and remembered selections of one study, in SQLite."""

import base64
import hashlib
import json
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator

from cae.cohorts.rows import pack_rows, unpack_rows
from cae.cohorts.selection import Selection
from cae.documents import Count, Document, Line, Text, misfit
from cae.errors import CaeError
from cae.version import __version__

SCHEMA_VERSION = 1
NAME_LENGTH = 120
REMEMBERED_DAYS = 30
REMEMBERED_COUNT = 500
_BUSY_SECONDS = 30.0
# Of one value; a selection of ten million images takes less.
_MOST_BYTES = 1 << 25
_SCHEMA = """
CREATE TABLE cohorts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    count INTEGER NOT NULL,
    rows BLOB NOT NULL,
    history TEXT NOT NULL,
    provenance TEXT NOT NULL,
    created TEXT NOT NULL,
    deleted TEXT
);
CREATE UNIQUE INDEX living_names ON cohorts (name) WHERE deleted IS NULL;
CREATE TABLE selections (token TEXT PRIMARY KEY, content TEXT NOT NULL, remembered REAL NOT NULL);
CREATE INDEX selections_by_age ON selections (remembered);
"""
_COLUMNS = "id, name, note, count, rows, history, provenance, created, deleted"


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


_Moment = Annotated[Line, AfterValidator(_moment)]


class Provenance(Document):
    """What a cohort was saved on; its digests are texts."""

    __pydantic_extra__: dict[str, Any]

    app_version: Line = ""
    images_digest: Line = ""


class SavedCohort(Document):
    """A row of the table of cohorts, its JSON read."""

    id: Count
    name: Line
    note: Text
    count: Count
    packed: bytes
    history: list[dict[str, Any]]
    provenance: Provenance
    created: _Moment
    deleted: _Moment | None


@dataclass(frozen=True, eq=False)
class Cohort:
    """A named, saved selection.

    Attributes:
        id: never used twice in one study, not even after a deletion.
        name: unique among the cohorts that are not deleted.
        note: free text.
        count: number of images.
        history: how the selection came about, see `Selection.history`.
        provenance: what it was saved on: ``app_version`` and the study's digests.
        created: UTC, ISO 8601.
        deleted: when it was deleted (UTC, ISO 8601), None while it lives.
        packed: the rows as stored.
    """

    id: int
    name: str
    note: str
    count: int
    packed: bytes
    history: tuple[dict[str, Any], ...]
    provenance: dict[str, Any]
    created: str
    deleted: str | None = None

    @cached_property
    def rows(self) -> np.ndarray:
        """int64, ascending row numbers. Raises `CaeError` when they are damaged."""
        rows = unpack_rows(self.packed)
        if len(rows) != self.count:
            raise CaeError(
                f"The cohort {self.name!r} is damaged; restore the study's cohorts.db from a copy."
            )
        return rows

    @property
    def images_digest(self) -> str:
        """The study's digest of its images when the cohort was saved, empty if unknown."""
        digest: str = self.provenance.get("images_digest", "")
        return digest

    @property
    def selection(self) -> Selection:
        """The cohort as a selection, with the history it was saved with."""
        return Selection(self.rows, self.history)


# Inside the class, `list` is its method.
Cohorts = list[Cohort]


class CohortStore:
    """The cohorts of one study.

    Every call opens its own connection, so threads and processes may share a store. The file
    is made by the first thing that is stored. Every method raises `CaeError` when the file is
    damaged, locked for long or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def save(self, name: str, selection: Selection, note: str = "", **provenance: Any) -> Cohort:
        """Save `selection` under `name`.

        Args:
            name: 1 to 120 characters; surplus blanks are dropped.
            selection: at least one image.
            note: free text.
            provenance: JSON-able facts to keep, usually `study_digests(study)`.

        Raises:
            CaeError: the name is empty, too long or taken, or nothing is selected.
        """
        name = _checked(name)
        if not len(selection):
            raise CaeError("Nothing is selected; select at least one image to save a cohort.")
        values = (
            name,
            note,
            len(selection),
            pack_rows(selection.rows),
            json.dumps(list(selection.history)),
            json.dumps({**provenance, "app_version": __version__}),
            _now(),
        )
        with self._writing() as connection, _unique(name):
            cursor = connection.execute(
                "INSERT INTO cohorts (name, note, count, rows, history, provenance, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            query = f"SELECT {_COLUMNS} FROM cohorts WHERE id = ?"
            return self._cohort(connection.execute(query, (cursor.lastrowid,)).fetchone())

    def list(self) -> Cohorts:
        """Return the living cohorts, newest first; rows are unpacked only when looked at."""
        return self._many("deleted IS NULL ORDER BY id DESC")

    def deleted(self) -> Cohorts:
        """Return the cohorts that can be restored, last deleted first."""
        return self._many("deleted IS NOT NULL ORDER BY deleted DESC, id DESC")

    def get(self, cohort_id: int) -> Cohort:
        """Return a living cohort. Raises `CaeError` when there is none of this number."""
        with self._reading() as connection:
            cohort = connection and self._one(connection, "deleted IS NULL AND id = ?", cohort_id)
        if not cohort:
            raise _missing(cohort_id)
        return cohort

    def kept(self, cohort_id: int) -> Cohort:
        """Return a cohort, be it deleted. Raises `CaeError` when there never was one."""
        with self._reading() as connection:
            cohort = connection and self._one(connection, "id = ?", cohort_id)
        if not cohort:
            raise _missing(cohort_id)
        return cohort

    def get_by_name(self, name: str) -> Cohort:
        """Return a living cohort. Raises `CaeError`, which names the others, if there is none."""
        name = _normal(name)
        with self._reading() as connection:
            cohort = connection and self._one(connection, "deleted IS NULL AND name = ?", name)
        if not cohort:
            known = ", ".join(repr(other.name) for other in self.list()[:10])
            advice = f"choose one of {known}" if known else "save one first"
            raise CaeError(f"There is no cohort named {name!r} in {self.path.parent}; {advice}.")
        return cohort

    def rename(self, cohort_id: int, name: str) -> None:
        """Give a cohort another name. Raises `CaeError` as `save` does."""
        name = _checked(name)
        with self._writing() as connection, _unique(name):
            self._update(connection, "name = ?", name, cohort_id)

    def set_note(self, cohort_id: int, note: str) -> None:
        """Replace a cohort's note."""
        with self._writing() as connection:
            self._update(connection, "note = ?", note, cohort_id)

    def delete(self, cohort_id: int) -> None:
        """Hide a cohort; `restore` brings it back."""
        with self._writing() as connection:
            self._update(connection, "deleted = ?", _now(), cohort_id)

    def restore(self, cohort_id: int) -> None:
        """Bring a deleted cohort back.

        Raises:
            CaeError: there is none, or another cohort has taken its name.
        """
        with self._writing() as connection:
            cohort = self._one(connection, "id = ?", cohort_id)
            if cohort is None:
                raise _missing(cohort_id)
            with _unique(cohort.name):
                connection.execute("UPDATE cohorts SET deleted = NULL WHERE id = ?", (cohort_id,))

    def remember(self, selection: Selection) -> str:
        """Keep a selection and return a short token for a URL.

        The same selection has the same token. What was not remembered again for 30 days, and
        all but the 500 last, is forgotten.
        """
        content = selection.to_json()
        digest = hashlib.sha256(content.encode("utf-8")).digest()[:12]
        token = base64.urlsafe_b64encode(digest).decode("ascii")
        now = time.time()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO selections VALUES (?, ?, ?) "
                "ON CONFLICT (token) DO UPDATE SET remembered = excluded.remembered",
                (token, content, now),
            )
            connection.execute(
                "DELETE FROM selections WHERE remembered < ? OR token NOT IN "
                "(SELECT token FROM selections ORDER BY remembered DESC, rowid DESC LIMIT ?)",
                (now - REMEMBERED_DAYS * 86_400, REMEMBERED_COUNT),
            )
        return token

    def recall(self, token: str) -> Selection | None:
        """Return a remembered selection, None when it is unknown or forgotten."""
        with self._reading() as connection:
            found = (
                connection
                and connection.execute(
                    "SELECT content FROM selections WHERE token = ?", (token,)
                ).fetchone()
            )
        return Selection.from_json(found[0]) if found else None

    def _many(self, condition: str) -> Cohorts:
        with self._reading() as connection:
            if connection is None:
                return []
            query = f"SELECT {_COLUMNS} FROM cohorts WHERE {condition}"
            return [self._cohort(row) for row in connection.execute(query)]

    def _one(self, connection: sqlite3.Connection, condition: str, value: Any) -> Cohort | None:
        query = f"SELECT {_COLUMNS} FROM cohorts WHERE {condition}"
        row = connection.execute(query, (value,)).fetchone()
        return self._cohort(row) if row else None

    def _update(
        self, connection: sqlite3.Connection, assignment: str, value: Any, cohort_id: int
    ) -> None:
        cursor = connection.execute(
            f"UPDATE cohorts SET {assignment} WHERE id = ? AND deleted IS NULL", (value, cohort_id)
        )
        if cursor.rowcount == 0:
            raise _missing(cohort_id)

    def _cohort(self, row: tuple[Any, ...]) -> Cohort:
        cohort_id, name, note, count, packed, history, provenance, created, deleted = row
        try:
            history, provenance = json.loads(history), json.loads(provenance)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._damaged(error) from error
        values = {"id": cohort_id, "name": name, "note": note, "count": count, "packed": packed}
        values |= {"history": history, "provenance": provenance}
        if reason := misfit({**values, "created": created, "deleted": deleted}, SavedCohort):
            raise self._damaged(reason)
        return Cohort(
            cohort_id, name, note, count, packed, tuple(history), provenance, created, deleted
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Yield a connection, or None while nothing has ever been stored."""
        if not self.path.exists():
            yield None
            return
        with self._connected() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside a transaction, which an exception undoes."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            with closing(connection):
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
                self._prepare(connection)
                yield connection
        except sqlite3.OperationalError as error:
            raise CaeError(
                f"{self.path} cannot be used ({error}); check that its folder can be written, "
                "the disk is not full and no other program holds it."
            ) from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise self._damaged(error) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise CaeError(f"{self.path} was written by a newer version; update CAE Explorer.")
        if version == SCHEMA_VERSION:
            return
        _use_write_ahead_log(connection)
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have made the tables while this one waited for its turn.
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    def _damaged(self, error: Exception | str) -> CaeError:
        return CaeError(
            f"{self.path} is damaged ({error}); restore it from a copy, or move it away to "
            "start without saved cohorts."
        )


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


@contextmanager
def _unique(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise CaeError(
            f"A cohort named {name!r} exists already; choose another name or rename that one."
        ) from error


def _normal(name: str) -> str:
    storable = name.encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFC", storable).split())


def _checked(name: str) -> str:
    name = _normal(name)
    if not name:
        raise CaeError("The cohort has no name; give it one.")
    if len(name) > NAME_LENGTH:
        raise CaeError(f"The cohort's name has {len(name)} characters; use at most {NAME_LENGTH}.")
    return name


def _missing(cohort_id: int) -> CaeError:
    return CaeError(f"The cohort {cohort_id} no longer exists; choose another one.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
