"""Cohorts of many studies in a PostgreSQL that a group shares."""

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from cae.cohorts.database.connections import writing
from cae.cohorts.database.models import Base
from cae.cohorts.place import GroupDatabase, StudyFile, place_of
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.errors import CaeError
from cae.study.study import Study
from tests.cohorts.filling import at_once, save

NewDatabase = Callable[[], str]


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", {"kind": "lasso"})


def named(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:")


def test_without_an_address_cohorts_lie_in_the_study(tmp_path: Path) -> None:
    assert place_of(tmp_path, "a") == StudyFile(tmp_path / "cohorts.db")


@pytest.mark.parametrize("address", ["x", "sqlite:///x.db", "mysql://a/b", "postgresql://", "://"])
def test_what_is_no_address_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("CAE_DATABASE", address)
    with pytest.raises(CaeError, match="CAE_DATABASE is no address of a PostgreSQL"):
        place_of(tmp_path, "a")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna:s3cret@127.0.0.1:1/cohorts",
        "postgresql://anna:s3cret@[x/y",
        "postgres://a@b:c/d",
    ],
)
def test_no_server_is_a_sentence_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    monkeypatch.setenv("CAE_DATABASE", address)
    place = place_of(tmp_path, "a")
    for call in (CohortStore(place).list, lambda: CohortStore(place).save("a", chosen(1))):
        with pytest.raises(CaeError, match="The group's database cannot be used") as raised:
            call()
        assert "s3cret" not in f"{raised.value}{place!r}{place}"


def test_migrations_lead_to_the_tables_as_they_are_declared(new_database: NewDatabase) -> None:
    place = GroupDatabase(named(new_database()), "a")
    with writing(place.database()) as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_a_newer_database_is_a_sentence(new_database: NewDatabase) -> None:
    url = named(new_database())
    with writing(GroupDatabase(url, "a").database()) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '99'"))
    # Another address of the same, as each is looked at once.
    with pytest.raises(CaeError, match="newer version"):
        CohortStore(GroupDatabase(f"{url}&application_name=x", "a")).list()


def test_studies_do_not_see_each_other(group_url: str) -> None:
    first, second = (
        CohortStore(GroupDatabase(named(group_url), uuid.uuid4().hex)) for _ in range(2)
    )
    cohort, token = first.save("a", chosen(1)), first.remember(chosen(2))
    assert (second.list(), second.log(), second.recall(token), second.known()) == ([], [], None, ())
    with pytest.raises(CaeError, match="no longer exists"):
        second.get(cohort.id)
    with pytest.raises(CaeError, match="no longer exists"):
        second.delete(cohort)
    assert second.save("a", chosen(3)).id != cohort.id
    second.remember(chosen(2))
    assert first.get(cohort.id).rows.tolist() == [1]


def test_a_study_and_its_copies_are_known_by_its_identity(
    digits_study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_url: str
) -> None:
    monkeypatch.setenv("CAE_DATABASE", group_url)
    study = Study.open(digits_study.path)
    study.cohorts.save("shared", chosen(1, 2))
    copy = Study.open(shutil.copytree(study.path, tmp_path / "copy"))
    assert copy.cohorts.get_by_name("shared").rows.tolist() == [1, 2]
    assert not (study.path / "cohorts.db").exists()


def test_several_processes_make_the_tables_at_once(new_database: NewDatabase) -> None:
    url = named(new_database())
    place = GroupDatabase(url, "a")
    assert at_once(save, [(place, who, 1) for who in range(4)]) == [0] * 4
    assert len(CohortStore(place).list()) == 4
