"""What a database must offer, and sessions that read or write in it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.orm import Session


class Database(Protocol):
    """A file or a server with the tables of `cae.cohorts.database.models`, in their newest form."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Yield a connection that changes nothing.

        Raises:
            CaeError: the database cannot be reached, is damaged or of a newer version.
        """

    def writing(self) -> AbstractContextManager[Connection]:
        """Yield a connection in a transaction that no other one writes beside.

        An exception undoes it.

        Raises:
            CaeError: as for `reading`, or nothing can be stored.
        """


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """Yield a session that sees one state. Raises `CaeError` as the database does."""
    with database.reading() as connection, Session(connection) as session:
        yield session


@contextmanager
def writing(database: Database) -> Iterator[Session]:
    """Yield a session whose changes are stored as a whole, or not at all on an exception.

    Raises `CaeError` as the database does.
    """
    with database.writing() as connection, Session(connection) as session:
        yield session
        session.flush()
