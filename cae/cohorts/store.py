"""Saved cohorts, frozen and live, and remembered selections of one study, in SQLite."""

import base64
import hashlib
import json
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import AfterValidator

from cae.cohorts.rows import pack_rows, unpack_rows
from cae.cohorts.selection import Selection
from cae.columns.cohort_column import cohort_column, with_cohorts
from cae.columns.expression import (
    columns_in,
    read_query,
    with_column_renamed,
    write_query,
)
from cae.columns.query import rows_where
from cae.documents import Count, Document, Line, Text, misfit
from cae.errors import CaeError
from cae.version import __version__

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 2
NAME_LENGTH = 120
TAG_LENGTH, MOST_TAGS = 40, 20
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
    deleted TEXT,
    query TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX living_names ON cohorts (name) WHERE deleted IS NULL;
CREATE TABLE selections (token TEXT PRIMARY KEY, content TEXT NOT NULL, remembered REAL NOT NULL);
CREATE INDEX selections_by_age ON selections (remembered);
"""
# By the version that a file has; each leads to the next.
_UPGRADES = {
    1: """
ALTER TABLE cohorts ADD COLUMN query TEXT NOT NULL DEFAULT '';
ALTER TABLE cohorts ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
"""
}
_COLUMNS = "id, name, note, count, rows, history, provenance, created, deleted, query, tags"


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
    query: Text
    tags: list[Line]


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
        query: of a live cohort, which is evaluated anew whenever it is read; empty for a frozen
            one.
        tags: words it is filed under, in their order.
        problem: why a live cohort's query cannot be evaluated any more, so that it holds no
            image; empty where it can.
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
    query: str = ""
    tags: tuple[str, ...] = ()
    problem: str = ""

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
    def is_live(self) -> bool:
        """Whether it is a query that is evaluated anew, not a fixed set of images."""
        return bool(self.query)

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

    def __init__(self, path: Path, table: "Callable[[], pd.DataFrame] | None" = None) -> None:
        """Keep cohorts in the file `path`.

        `table` returns one row per image, which live cohorts are evaluated on; without it they
        are as they were when they were saved.
        """
        self.path = Path(path)
        self._table = table

    def save(
        self,
        name: str,
        selection: Selection,
        note: str = "",
        tags: Iterable[str] = (),
        **provenance: Any,
    ) -> Cohort:
        """Save `selection` under `name`.

        Args:
            name: 1 to 120 characters; surplus blanks are dropped.
            selection: at least one image.
            note: free text.
            tags: words to file it under, at most 20 of 40 characters each.
            provenance: JSON-able facts to keep, usually `study_digests(study)`.

        Raises:
            CaeError: the name is empty, too long or taken, a tag is too long, or nothing is
                selected.
        """
        if not len(selection):
            raise CaeError("Nothing is selected; select at least one image to save a cohort.")
        return self._insert(name, selection, "", note, tags, provenance)

    def save_live(
        self, name: str, query: str, note: str = "", tags: Iterable[str] = (), **provenance: Any
    ) -> Cohort:
        """Save a query under `name`: a live cohort, of all images that fulfil it at any time.

        Args:
            name: as for `save`.
            query: as `cae.columns.query.query_rows` takes it, clusters by number; it may name
                other cohorts.
            note: free text.
            tags: as for `save`.
            provenance: as for `save`.

        Raises:
            CaeError: the query cannot be evaluated, or as for `save`.
        """
        rows = self._fulfilling(query, ())
        selection = Selection.empty().combine(rows, "replace", _live_event(query))
        return self._insert(name, selection, query, note, tags, provenance)

    def _insert(
        self,
        name: str,
        selection: Selection,
        query: str,
        note: str,
        tags: Iterable[str],
        provenance: dict[str, Any],
    ) -> Cohort:
        name = _checked(name)
        values = (
            name,
            note,
            len(selection),
            pack_rows(selection.rows),
            json.dumps(list(selection.history)),
            json.dumps({**provenance, "app_version": __version__}),
            _now(),
            query,
            json.dumps(_checked_tags(tags)),
        )
        with self._writing() as connection, _unique(name):
            cursor = connection.execute(
                "INSERT INTO cohorts "
                "(name, note, count, rows, history, provenance, created, query, tags) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        return self._as_now(cohort)

    def kept(self, cohort_id: int) -> Cohort:
        """Return a cohort, be it deleted. Raises `CaeError` when there never was one."""
        with self._reading() as connection:
            cohort = connection and self._one(connection, "id = ?", cohort_id)
        if not cohort:
            raise _missing(cohort_id)
        return self._as_now(cohort)

    def get_by_name(self, name: str) -> Cohort:
        """Return a living cohort. Raises `CaeError`, which names the others, if there is none."""
        return self._as_now(self._named(name))

    def rows_of(self, name: str) -> np.ndarray:
        """Return the rows of a living cohort. Raises `CaeError` where there is none."""
        return self.get_by_name(name).rows

    def known(self) -> tuple[tuple[str, int, str], ...]:
        """Return name, id and query of the living cohorts, newest first.

        What a cohort holds follows from these and from the study's table.
        """
        with self._reading() as connection:
            if connection is None:
                return ()
            query = "SELECT name, id, query FROM cohorts WHERE deleted IS NULL ORDER BY id DESC"
            return tuple(connection.execute(query))

    def beside(self, table: "pd.DataFrame", columns: Iterable[str]) -> "pd.DataFrame":
        """Return a table beside those of `columns` that are of cohorts, see `with_cohorts`.

        Raises:
            CaeError: there is no such cohort.
        """
        return with_cohorts(table, columns, self.rows_of)

    def _named(self, name: str) -> Cohort:
        name = _normal(name)
        with self._reading() as connection:
            cohort = connection and self._one(connection, "deleted IS NULL AND name = ?", name)
        if not cohort:
            known = ", ".join(repr(other) for other, _, _ in self.known()[:10])
            advice = f"choose one of {known}" if known else "save one first"
            raise CaeError(f"There is no cohort named {name!r} in {self.path.parent}; {advice}.")
        return cohort

    def rename(self, cohort_id: int, name: str) -> None:
        """Give a cohort another name, in the queries of live cohorts too.

        Raises `CaeError` as `save` does.
        """
        name = _checked(name)
        with self._writing() as connection, _unique(name):
            former = self._one(connection, "deleted IS NULL AND id = ?", cohort_id)
            self._update(connection, "name = ?", name, cohort_id)
            if former is None:
                return
            columns = cohort_column(former.name), cohort_column(name)
            live = connection.execute("SELECT id, query FROM cohorts WHERE query != ''").fetchall()
            for other, query in live:
                renamed = write_query(with_column_renamed(read_query(query), *columns))
                connection.execute("UPDATE cohorts SET query = ? WHERE id = ?", (renamed, other))

    def set_note(self, cohort_id: int, note: str) -> None:
        """Replace a cohort's note."""
        with self._writing() as connection:
            self._update(connection, "note = ?", note, cohort_id)

    def set_tags(self, cohort_id: int, tags: Iterable[str]) -> None:
        """Replace a cohort's tags. Raises `CaeError` as `save` does."""
        with self._writing() as connection:
            self._update(connection, "tags = ?", json.dumps(_checked_tags(tags)), cohort_id)

    def freeze(self, cohort_id: int, **provenance: Any) -> Cohort:
        """Let a live cohort keep the images it holds now.

        Args:
            cohort_id: of the cohort.
            provenance: as for `save`.

        Raises:
            CaeError: it is frozen already, or holds no image.
        """
        cohort = self.get(cohort_id)
        if not cohort.is_live:
            raise CaeError(f"The cohort {cohort.name!r} is frozen already.")
        if not len(cohort.rows):
            raise CaeError(f"{cohort.problem or 'No image fulfils the query.'} It stays live.")
        event = {**_live_event(cohort.query), "frozen": _now()}
        frozen = Selection.empty().combine(cohort.rows, "replace", event)
        facts = {**provenance, "app_version": __version__}
        with self._writing() as connection:
            cursor = connection.execute(
                "UPDATE cohorts SET query = '', count = ?, rows = ?, history = ?, provenance = ? "
                "WHERE id = ? AND query = ? AND deleted IS NULL",
                (
                    len(frozen),
                    pack_rows(frozen.rows),
                    json.dumps(list(frozen.history)),
                    json.dumps(facts),
                    cohort_id,
                    cohort.query,
                ),
            )
            if cursor.rowcount == 0:
                raise CaeError(f"The cohort {cohort.name!r} was changed meanwhile; look again.")
        return self.get(cohort_id)

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
            found = [self._cohort(row) for row in connection.execute(query)]
        return [self._as_now(cohort) for cohort in found]

    def _as_now(self, cohort: Cohort, within: tuple[str, ...] = ()) -> Cohort:
        """Return a cohort with the images it holds now; one that is frozen as it is."""
        if not cohort.is_live or self._table is None:
            return cohort
        try:
            rows = self._fulfilling(cohort.query, (*within, cohort.name))
        except CaeError as error:
            return replace(cohort, count=0, packed=pack_rows(np.empty(0)), problem=str(error))
        selection = Selection.empty().combine(rows, "replace", _live_event(cohort.query))
        return replace(cohort, count=len(rows), packed=pack_rows(rows), history=selection.history)

    def _fulfilling(self, query: str, within: tuple[str, ...]) -> np.ndarray:
        """Return the rows of a query; `within` are the live cohorts that led to it."""
        if self._table is None:
            raise CaeError("Live cohorts need a study's table; open the study.")

        def rows_of(name: str) -> np.ndarray:
            if _normal(name) in within:
                raise CaeError(f"The cohort {name!r} refers to itself; save another query.")
            cohort = self._as_now(self._named(name), within)
            if cohort.problem:
                raise CaeError(cohort.problem)
            return cohort.rows

        expression = read_query(query)
        table = with_cohorts(self._table(), columns_in(expression), rows_of)
        return np.flatnonzero(rows_where(table, expression))

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
        cohort_id, name, note, count, packed, history, provenance, created, deleted = row[:9]
        query, tags = row[9:]
        try:
            history, provenance = json.loads(history), json.loads(provenance)
            tags = json.loads(tags)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._damaged(error) from error
        values = {"id": cohort_id, "name": name, "note": note, "count": count, "packed": packed}
        values |= {"history": history, "provenance": provenance, "query": query, "tags": tags}
        if reason := misfit({**values, "created": created, "deleted": deleted}, SavedCohort):
            raise self._damaged(reason)
        return Cohort(
            cohort_id,
            name,
            note,
            count,
            packed,
            tuple(history),
            provenance,
            created,
            deleted,
            query,
            tuple(tags),
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
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        scripts = [_SCHEMA] if version == 0 else []
        scripts += [_UPGRADES[step] for step in range(version or SCHEMA_VERSION, SCHEMA_VERSION)]
        for statement in ";".join(scripts).split(";"):
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


def _checked_tags(tags: Iterable[str]) -> Sequence[str]:
    checked = list(dict.fromkeys(filter(None, map(_normal, tags))))
    if len(checked) > MOST_TAGS:
        raise CaeError(f"The cohort has {len(checked)} tags; use at most {MOST_TAGS}.")
    for tag in checked:
        if len(tag) > TAG_LENGTH:
            raise CaeError(f"The tag {tag!r} is too long; use at most {TAG_LENGTH} characters.")
    return checked


def _live_event(query: str) -> dict[str, Any]:
    return {"kind": "filter", "filters": [query]}


def _missing(cohort_id: int) -> CaeError:
    return CaeError(f"The cohort {cohort_id} no longer exists; choose another one.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
