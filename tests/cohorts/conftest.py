"""Where cohorts can be kept: a file, and a PostgreSQL where one is installed."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cae.cohorts.place import GroupDatabase, StudyFile, place_of
from tests.postgres import running_postgres

Place = StudyFile | GroupDatabase
NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def new_database() -> Iterator[NewDatabase]:
    """Makes an empty database in a server of the tests' own, and returns its address."""
    from sqlalchemy import create_engine, text

    with running_postgres() as address:
        url = address.replace("postgresql:", "postgresql+psycopg:").format("postgres")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")

        def new() -> str:
            name = f"cohorts_{uuid.uuid4().hex[:8]}"
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            return address.format(name)

        yield new
        engine.dispose()


@pytest.fixture(scope="session")
def group_url(new_database: NewDatabase) -> str:
    """The address of a database that many tests share, each with a study of its own."""
    return new_database()


@pytest.fixture(params=["file", "group"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch) -> Place:
    """Where the cohorts of a study are, in each of both ways."""
    if request.param == "group":
        monkeypatch.setenv("CAE_DATABASE", request.getfixturevalue("group_url"))
    return place_of(tmp_path, uuid.uuid4().hex)
