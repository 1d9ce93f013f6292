"""A PostgreSQL that a group shares, with the cohorts of many studies."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError

from cae.cohorts.database.schema import NEWEST, migrate
from cae.errors import CaeError

_CONNECT_SECONDS, _BUSY_MILLISECONDS = 10, 30_000
# Of all advisory locks of the database, those of this program.
_LOCKS = 0x0CAE
_LOCK = text("SELECT pg_advisory_xact_lock(:locks, hashtext(:study))")
_VERSION = text("SELECT version_num FROM alembic_version")


class PostgresDatabase:
    """The cohorts of one study on a server."""

    def __init__(self, url: str, study: str) -> None:
        self.url = url
        self.study = study

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that changes nothing, see `Database`."""
        with self._understood(), _prepared(self.url).connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that no other one writes beside, see `Database`.

        Others may write in other studies meanwhile.
        """
        with self._understood(), _prepared(self.url).begin() as connection:
            connection.execute(_LOCK, {"locks": _LOCKS, "study": self.study})
            yield connection

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Turn what the server or its driver complains about into a sentence."""
        try:
            yield
        except ModuleNotFoundError as error:
            raise CaeError(
                "CAE_DATABASE names a PostgreSQL, and what speaks to it is not installed; run: "
                "pip install 'cae-explorer[postgres]'"
            ) from error
        except (DBAPIError, ArgumentError, TimeoutError) as error:
            reason = " ".join(str(getattr(error, "orig", None) or error).split())
            raise CaeError(
                f"The group's database cannot be used ({self._told(reason)}); check CAE_DATABASE "
                "and that its server runs and lets you in, or unset it to use the study's own file."
            ) from error

    def _told(self, reason: str) -> str:
        """Return a reason without the password, which drivers may quote."""
        try:
            password = _parsed(self.url).password
        except ArgumentError:
            return "its address is not understood"
        return reason.replace(str(password), "…") if password else reason


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ValueError as error:
        raise ArgumentError("its port is no number") from error


@lru_cache(maxsize=8)
def _prepared(url: str) -> Engine:
    """Return an engine of a database with all tables, which are made or brought up to date."""
    engine = create_engine(
        _parsed(url),
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "options": f"-c lock_timeout={_BUSY_MILLISECONDS}",
        },
    )
    with engine.begin() as connection:
        connection.execute(_LOCK, {"locks": _LOCKS, "study": "all studies"})
        version = _version(connection)
        if version > NEWEST:
            raise CaeError(
                "The group's database was written by a newer version; update CAE Explorer."
            )
        if version < NEWEST:
            migrate(connection, 0)
    return engine


def _version(connection: Connection) -> int:
    """Return the version of the tables, 0 where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return 0
    return int(connection.execute(_VERSION).scalar() or 0)
