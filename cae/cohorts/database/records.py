"""What is asked of the tables: cohorts of one study, its remembered selections and its log."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import AfterValidator
from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cae.cohorts.act import Act, when
from cae.cohorts.cohort import Cohort, missing
from cae.cohorts.conflict import ConflictError
from cae.cohorts.database.damage import damaged
from cae.cohorts.database.models import ActRow, Base, CohortRow, SelectionRow
from cae.documents import Count, Document, Line, Text, misfit
from cae.errors import CaeError

_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _moment(text: str) -> str:
    when(text)
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
    version: Count


class SavedAct(Document):
    """A row of the log."""

    cohort: Count
    name: Line
    version: Count
    what: Line
    who: Line
    made: _Moment
    detail: Text


class Records:
    """The records of one study, in a session that is open.

    Every method raises `CaeError` where what it finds does not fit the tables.
    """

    def __init__(self, session: Session, study: str, place: str) -> None:
        """Work in `session` on what is of `study`; `place` says in errors where that is."""
        self._session = session
        self._study = study
        self._place = place

    def living(self) -> list[Cohort]:
        """Return the cohorts that are not deleted, newest first."""
        query = self._cohorts(CohortRow.deleted.is_(None)).order_by(CohortRow.id.desc())
        return self._many(query)

    def deleted(self) -> list[Cohort]:
        """Return those that are, last deleted first."""
        query = self._cohorts(CohortRow.deleted.is_not(None))
        return self._many(query.order_by(CohortRow.deleted.desc(), CohortRow.id.desc()))

    def by_id(self, cohort_id: int) -> Cohort | None:
        """Return a cohort, be it deleted; None where there never was one."""
        row = self._row(cohort_id)
        return self._cohort(row) if row else None

    def by_name(self, name: str) -> Cohort | None:
        """Return a living cohort, None where there is none."""
        query = self._cohorts(CohortRow.deleted.is_(None), CohortRow.name == name)
        row = self._session.scalars(query).one_or_none()
        return self._cohort(row) if row else None

    def known(self) -> list[tuple[str, int, str]]:
        """Return name, id and query of the living cohorts, newest first."""
        query = select(CohortRow.name, CohortRow.id, CohortRow.query)
        query = query.where(CohortRow.study == self._study, CohortRow.deleted.is_(None))
        found = self._session.execute(query.order_by(CohortRow.id.desc()))
        return [(name, cohort_id, query) for name, cohort_id, query in found]

    def insert(self, **values: Any) -> Cohort:
        """Add a cohort, `values` as `changed` takes them.

        Raises:
            CaeError: a living one has its name.
        """
        row = CohortRow(study=self._study, **_as_stored(values))
        self._session.add(row)
        with self._unique(row.name):
            self._session.flush()
        return self._cohort(row)

    def changed(self, seen: Cohort, **values: Any) -> Cohort:
        """Change a cohort as it was seen, and return it as it is then.

        Args:
            seen: the cohort that the change is made from.
            values: fields of `Cohort`; `history` and `tags` as sequences, `provenance` as dict.

        Raises:
            ConflictError: somebody else has changed it since.
            CaeError: there is none, or another one has its name.
        """
        row = self._row(seen.id)
        if row is None:
            raise missing(seen.id)
        if row.version != seen.version:
            meanwhile = [act for act in self.acts(seen.id) if act.version > seen.version]
            raise ConflictError(self._cohort(row), meanwhile[::-1])
        for field, value in _as_stored(values).items():
            setattr(row, field, value)
        with self._unique(row.name):
            self._session.flush()
        return self._cohort(row)

    def reword(self, reworded: Callable[[str], str]) -> None:
        """Write the queries of all live cohorts anew, which is no change of theirs."""
        query = select(CohortRow.id, CohortRow.query)
        live = query.where(CohortRow.study == self._study, CohortRow.query != "")
        table = Base.metadata.tables[CohortRow.__tablename__]
        for cohort_id, text in self._session.execute(live).all():
            written = update(table).where(table.c.id == cohort_id).values(query=reworded(text))
            self._session.execute(written)

    def note(self, act: Act) -> None:
        """Add a line to the log."""
        self._session.add(ActRow(study=self._study, **vars(act)))

    def acts(self, cohort_id: int | None = None) -> list[Act]:
        """Return the log, newest first: of one cohort, or of all."""
        query = select(ActRow).where(ActRow.study == self._study).order_by(ActRow.id.desc())
        if cohort_id is not None:
            query = query.where(ActRow.cohort == cohort_id)
        return [self._act(row) for row in self._session.scalars(query)]

    def remember(self, token: str, content: str, now: float, oldest: float, most: int) -> None:
        """Keep a selection, and forget those before `oldest` and all but the `most` last."""
        insert = _INSERT[self._session.get_bind().dialect.name](SelectionRow)
        kept = insert.values(study=self._study, token=token, content=content, remembered=now)
        self._session.execute(
            kept.on_conflict_do_update(
                index_elements=["study", "token"], set_={"remembered": kept.excluded.remembered}
            )
        )
        is_ours = SelectionRow.study == self._study
        last = select(SelectionRow.token).where(is_ours)
        last = last.order_by(SelectionRow.remembered.desc()).limit(most)
        is_old = or_(SelectionRow.remembered < oldest, SelectionRow.token.not_in(last))
        self._session.execute(delete(SelectionRow).where(is_ours, is_old))

    def recall(self, token: str) -> str | None:
        """Return the content of a remembered selection, None where it is unknown."""
        query = select(SelectionRow.content).where(SelectionRow.study == self._study)
        return self._session.scalars(query.where(SelectionRow.token == token)).one_or_none()

    def _cohorts(self, *conditions: ColumnElement[bool]) -> Select[CohortRow]:
        return select(CohortRow).where(CohortRow.study == self._study, *conditions)

    def _row(self, cohort_id: int) -> CohortRow | None:
        return self._session.scalars(self._cohorts(CohortRow.id == cohort_id)).one_or_none()

    def _many(self, query: Select[CohortRow]) -> list[Cohort]:
        return [self._cohort(row) for row in self._session.scalars(query)]

    def _cohort(self, row: CohortRow) -> Cohort:
        self._require(row)
        try:
            read = {name: json.loads(getattr(row, name)) for name in _JSON}
        except (ValueError, TypeError, RecursionError) as error:
            raise damaged(self._place, error) from error
        plain = ("id", "name", "note", "count", "created", "deleted", "query", "version")
        values = {name: getattr(row, name) for name in plain} | {"packed": row.rows} | read
        if reason := misfit(values, SavedCohort):
            raise damaged(self._place, reason)
        values |= {"history": tuple(values["history"]), "tags": tuple(values["tags"])}
        return Cohort(**values)

    def _act(self, row: ActRow) -> Act:
        self._require(row)
        values = {name: getattr(row, name) for name in SavedAct.model_fields}
        if reason := misfit(values, SavedAct):
            raise damaged(self._place, reason)
        return Act(**values)

    def _require(self, row: CohortRow | ActRow | None) -> None:
        """Raise `CaeError` where a row has no id, which the tables rule out."""
        if row is None:
            raise damaged(self._place, "a row has no id")

    @contextmanager
    def _unique(self, name: str) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise CaeError(
                f"A cohort named {name!r} exists already; choose another name or rename that one."
            ) from error


_JSON = ("history", "provenance", "tags")


def _as_stored(values: dict[str, Any]) -> dict[str, Any]:
    """Return fields of a cohort as its row has them."""
    stored = {"rows" if name == "packed" else name: value for name, value in values.items()}
    return stored | {name: json.dumps(_plain(stored[name])) for name in _JSON if name in stored}


def _plain(value: Sequence[Any] | dict[str, Any]) -> Any:
    return value if isinstance(value, dict) else list(value)
