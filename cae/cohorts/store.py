"""Saved cohorts, frozen and live, and remembered selections of one study, and who changed what."""

import base64
import copy
import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from cae.cohorts.act import (
    DELETED,
    EXPORTED,
    FROZEN,
    NOTED,
    RENAMED,
    RESTORED,
    SAVED,
    TAGGED,
    Act,
)
from cae.cohorts.cohort import Cohort, checked_name, checked_tags, missing, normal, storable
from cae.cohorts.named_cohorts import rows_digest, with_named_noted
from cae.cohorts.place import GroupDatabase, StudyFile
from cae.cohorts.rows import pack_rows
from cae.cohorts.selection import Selection
from cae.columns.cohort_column import cohort_column, with_cohorts
from cae.columns.expression import (
    columns_in,
    read_query,
    with_column_renamed,
    write_query,
)
from cae.columns.query import rows_where
from cae.errors import CaeError
from cae.timestamp import now_utc
from cae.version import __version__
from cae.who import this_user

if TYPE_CHECKING:
    import pandas as pd

    from cae.cohorts.database.connections import Database
    from cae.cohorts.database.records import Records

REMEMBERED_DAYS = 30
REMEMBERED_COUNT = 500

# Inside the class, `list` is its method.
Cohorts = list[Cohort]
Acts = list[Act]


class CohortStore:
    """The cohorts of one study.

    Every call opens its own connection, so threads and processes may share a store. A file is
    made by the first thing that is stored. A change says from which cohort, as it was seen, it is
    made: where somebody else has changed that since, nothing is stored and `ConflictError` says
    who changed what. Every method raises `CaeError` when the database is damaged, locked for long
    or cannot be written.
    """

    def __init__(
        self,
        place: Path | StudyFile | GroupDatabase,
        table: "Callable[[], pd.DataFrame] | None" = None,
        holds: Callable[[Cohort], bool] | None = None,
    ) -> None:
        """Keep cohorts at `place`; a path is that of a file.

        `table` returns one row per image, which live cohorts are evaluated on; without it they
        are as they were when they were saved. `holds` tells of a cohort whether the study
        holds its images; without it all cohorts are taken to be of these.
        """
        self.place = StudyFile(place) if isinstance(place, Path) else place
        self._table = table
        self._holds = holds
        self._who: str | None = None

    def by(self, who: str) -> Self:
        """Return the same store, in whose log `who` does what is done; else who is logged in."""
        other = copy.copy(self)
        other._who = who
        return other

    @cached_property
    def _database(self) -> "Database":
        return self.place.database()

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
        history = with_named_noted(selection.history, self._noted)
        selection = Selection(selection.rows, history)
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
        with self._writing() as records:
            saved = records.insert(
                name=checked_name(name),
                note=storable(note),
                tags=checked_tags(tags),
                query=query,
                created=now_utc(),
                **_held(selection, provenance),
            )
            self._note(records, saved, SAVED)
        return saved

    def take_over(self, cohort: Cohort, history: Sequence[dict[str, Any]]) -> Cohort:
        """Save a cohort of another store as it is there, but with `history`.

        Raises:
            CaeError: its name is taken.
        """
        kept = ("name", "note", "tags", "query", "created", "count", "packed", "provenance")
        values = {field: getattr(cohort, field) for field in kept}
        with self._writing() as records:
            saved = records.insert(**values, history=history)
            self._note(records, saved, SAVED)
        return saved

    def list(self) -> Cohorts:
        """Return the living cohorts, newest first; rows are unpacked only when looked at."""
        with self._reading() as records:
            found = records.living() if records else []
        return [self._as_now(cohort) for cohort in found]

    def deleted(self) -> Cohorts:
        """Return the cohorts that can be restored, last deleted first."""
        with self._reading() as records:
            found = records.deleted() if records else []
        return [self._as_now(cohort) for cohort in found]

    def get(self, cohort_id: int) -> Cohort:
        """Return a living cohort. Raises `CaeError` when there is none of this number."""
        cohort = self.kept(cohort_id)
        if cohort.deleted is not None:
            raise missing(cohort_id)
        return cohort

    def kept(self, cohort_id: int) -> Cohort:
        """Return a cohort, be it deleted. Raises `CaeError` when there never was one."""
        with self._reading() as records:
            cohort = records.by_id(cohort_id) if records else None
        if cohort is None:
            raise missing(cohort_id)
        return self._as_now(cohort)

    def get_by_name(self, name: str) -> Cohort:
        """Return a living cohort. Raises `CaeError`, which names the others, if there is none."""
        return self._as_now(self._named(name))

    def of_these_images(self, name: str) -> Cohort:
        """Return a living cohort whose rows are those of the study's images.

        Raises:
            CaeError: there is none of this name, or it was saved on other images.
        """
        cohort = self.get_by_name(name)
        if not self.is_of_these_images(cohort):
            raise CaeError(
                f"The cohort {cohort.name!r} was saved on other images than the study holds now; "
                "choose another one."
            )
        return cohort

    def is_of_these_images(self, cohort: Cohort) -> bool:
        """Whether the rows of a cohort are those of the study's images."""
        return self._holds is None or self._holds(cohort)

    def rows_of(self, name: str) -> np.ndarray:
        """Return the rows of a living cohort; raises as `of_these_images`."""
        return self.of_these_images(name).rows

    def as_noted(self, name: str, noted: dict[str, Any] | None) -> Cohort:
        """Return the cohort that a step of a history named, whatever it is called now.

        Args:
            name: as the step has it.
            noted: what the step noted of it when it was saved, None where it noted nothing.

        Raises:
            CaeError: there is none, it was saved in another study, or it holds other images now.
        """
        cohort = self.whom_noted(name, noted)
        if noted is not None and rows_digest(cohort.rows) != noted["rows"]:
            raise CaeError(f"The cohort {name!r} holds other images now than it did then.")
        return cohort

    def whom_noted(self, name: str, noted: dict[str, Any] | None) -> Cohort:
        """Return the same, whatever images it holds now.

        Raises:
            CaeError: there is none, or it was saved in another study.
        """
        if noted is None:
            return self.of_these_images(name)
        cohort = self.kept(noted["cohort"])
        if cohort.created != noted["saved"]:
            raise CaeError(f"The cohort {name!r} was saved in another study.")
        return cohort

    def _noted(self, name: str) -> dict[str, Any] | None:
        try:
            cohort = self.of_these_images(name)
        except CaeError:
            return None
        return {
            "cohort": cohort.id,
            "saved": cohort.created,
            "rows": rows_digest(cohort.rows),
        }

    def known(self) -> tuple[tuple[str, int, str], ...]:
        """Return name, id and query of the living cohorts, newest first.

        What a cohort holds follows from these and from the study's table.
        """
        with self._reading() as records:
            return tuple(records.known()) if records else ()

    def beside(self, table: "pd.DataFrame", columns: Iterable[str]) -> "pd.DataFrame":
        """Return a table beside those of `columns` that are of cohorts, see `with_cohorts`.

        Raises:
            CaeError: there is no such cohort.
        """
        return with_cohorts(table, columns, self.rows_of)

    def _named(self, name: str, within: Collection[str] = ()) -> Cohort:
        """Return a cohort; one of `within`, which ask for it, is not offered instead."""
        name = normal(name)
        with self._reading() as records:
            cohort = records.by_name(name) if records else None
        if not cohort:
            others = [repr(other) for other, _, _ in self.known() if other not in within]
            advice = f"choose one of {', '.join(others[:10])}" if others else "save one first"
            raise CaeError(f"There is no cohort named {name!r}; {advice}.")
        return cohort

    def change(
        self,
        seen: Cohort,
        *,
        name: str | None = None,
        note: str | None = None,
        tags: Iterable[str] | None = None,
    ) -> Cohort:
        """Change a cohort's name, note or tags, all at once, and return it as it is then.

        A new name stands in the queries of live cohorts, too. A cohort that was deleted stays so.

        Args:
            seen: the cohort that the change is made from.
            name: as for `save`; None leaves it.
            note: as for `save`; None leaves it.
            tags: as for `save`; None leaves them.

        Raises:
            ConflictError: somebody else has changed or deleted it since.
            CaeError: as for `save`.
        """
        wanted: dict[str, Any] = {}
        if name is not None:
            wanted["name"] = checked_name(name)
        if note is not None:
            wanted["note"] = storable(note)
        if tags is not None:
            wanted["tags"] = checked_tags(tags)
        values = {field: value for field, value in wanted.items() if value != getattr(seen, field)}
        if not values:
            return seen
        _require_living(seen)
        with self._writing() as records:
            changed = records.changed(seen, **values)
            if "name" in values:
                columns = cohort_column(seen.name), cohort_column(changed.name)
                records.reword(
                    lambda query: write_query(with_column_renamed(read_query(query), *columns))
                )
            for field in values:
                former = getattr(seen, field)
                detail = former if isinstance(former, str) else ", ".join(former)
                self._note(records, changed, _CHANGES[field], detail)
        return self._as_now(changed)

    def freeze(self, seen: Cohort, **provenance: Any) -> Cohort:
        """Let a live cohort keep the images it holds now.

        Args:
            seen: the cohort.
            provenance: as for `save`.

        Raises:
            ConflictError: somebody else has changed or deleted it since.
            CaeError: it is frozen already, or holds no image.
        """
        _require_living(seen)
        if not seen.is_live:
            raise CaeError(f"The cohort {seen.name!r} is frozen already.")
        live = self.kept(seen.id)
        if not len(live.rows):
            raise CaeError(f"{live.problem or 'No image fulfils the query.'} It stays live.")
        event = {**_live_event(live.query), "frozen": now_utc()}
        frozen = Selection.empty().combine(live.rows, "replace", event)
        frozen = Selection(frozen.rows, with_named_noted(frozen.history, self._noted))
        with self._writing() as records:
            changed = records.changed(seen, query="", **_held(frozen, provenance))
            self._note(records, changed, FROZEN, live.query)
        return changed

    def delete(self, seen: Cohort) -> None:
        """Hide a cohort; `restore` brings it back.

        Raises:
            ConflictError: somebody else has changed or deleted it since.
            CaeError: it is deleted already.
        """
        _require_living(seen)
        with self._writing() as records:
            self._note(records, records.changed(seen, deleted=now_utc()), DELETED)

    def restore(self, seen: Cohort) -> Cohort:
        """Bring a deleted cohort back, and return it.

        Raises:
            ConflictError: somebody else has restored it since.
            CaeError: it is not deleted, or another cohort has taken its name.
        """
        if seen.deleted is None:
            raise CaeError(f"The cohort {seen.name!r} is not deleted.")
        with self._writing() as records:
            restored = records.changed(seen, deleted=None)
            self._note(records, restored, RESTORED)
        return self._as_now(restored)

    def note_export(self, cohort: Cohort, detail: str = "") -> None:
        """Note in the log that a cohort left the study; `detail` says what beyond its images.

        A study that nobody may write to can be exported from, too, and has no log of it.
        """
        if not (self.place.exists and self.place.is_writable):
            return
        with self._writing() as records:
            self._note(records, cohort, EXPORTED, detail)

    def log(self, cohort_id: int | None = None) -> Acts:
        """Return who did what to the cohorts, newest first: to one of them, or to all."""
        with self._reading() as records:
            return records.acts(cohort_id) if records else []

    def remember(self, selection: Selection) -> str:
        """Keep a selection and return a short token for a URL.

        The same selection has the same token. What was not remembered again for 30 days, and
        all but the 500 last, is forgotten.
        """
        content = selection.to_json()
        digest = hashlib.sha256(content.encode("utf-8")).digest()[:12]
        token = base64.urlsafe_b64encode(digest).decode("ascii")
        now = time.time()
        oldest = now - REMEMBERED_DAYS * 86_400
        with self._writing() as records:
            records.remember(token, content, now, oldest, REMEMBERED_COUNT)
        return token

    def recall(self, token: str) -> Selection | None:
        """Return a remembered selection, None when it is unknown or forgotten."""
        with self._reading() as records:
            found = records.recall(token) if records else None
        return Selection.from_json(found) if found else None

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
            if normal(name) in within:
                raise CaeError(f"The cohort {name!r} refers to itself; save another query.")
            cohort = self._as_now(self._named(name, within), within)
            if not cohort.is_live:
                cohort = self.of_these_images(name)
            if cohort.problem:
                raise CaeError(cohort.problem)
            return cohort.rows

        expression = read_query(query)
        table = with_cohorts(self._table(), columns_in(expression), rows_of)
        return np.flatnonzero(rows_where(table, expression))

    def _note(self, records: "Records", cohort: Cohort, what: str, detail: str = "") -> None:
        who = this_user() if self._who is None else self._who
        act = Act(cohort.id, cohort.name, cohort.version, what, storable(who), now_utc(), detail)
        records.note(act)

    @contextmanager
    def _reading(self) -> "Iterator[Records | None]":
        """Yield what is stored, or None while nothing ever was."""
        if not self.place.exists:
            yield None
            return
        from cae.cohorts.database.connections import reading
        from cae.cohorts.database.records import Records

        with reading(self._database) as session:
            yield Records(session, self.place.study, str(self.place))

    @contextmanager
    def _writing(self) -> "Iterator[Records]":
        """Yield what is stored, in a transaction, which an exception undoes."""
        from cae.cohorts.database.connections import writing
        from cae.cohorts.database.records import Records

        with writing(self._database) as session:
            yield Records(session, self.place.study, str(self.place))


_CHANGES = {"name": RENAMED, "note": NOTED, "tags": TAGGED}


def _require_living(seen: Cohort) -> None:
    if seen.deleted is not None:
        raise CaeError(f"The cohort {seen.name!r} is deleted; restore it first.")


def _held(selection: Selection, provenance: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a cohort that follow from its images and what they were saved on."""
    return {
        "count": len(selection),
        "packed": pack_rows(selection.rows),
        "history": selection.history,
        "provenance": {**provenance, "app_version": __version__},
    }


def _live_event(query: str) -> dict[str, Any]:
    return {"kind": "filter", "filters": [query]}
