"""Cohorts in a file: what comes from anybody, from former versions, or cannot be written."""

import os
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cae.cohorts.database.models import Base
from cae.cohorts.database.schema import NEWEST
from cae.cohorts.database.sqlite import SqliteDatabase
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.errors import CaeError
from tests.cohorts.filling import at_once, save

SECOND_FORM = Path(__file__).with_name("of_second_form.sql").read_text("utf-8")
REMEMBERED = "lt7RK1u9JmegyhUr"


def ages() -> pd.DataFrame:
    return pd.DataFrame({"age": [10, 20, 30, 40, 50]})


@pytest.fixture
def store(tmp_path: Path) -> CohortStore:
    return CohortStore(tmp_path / "cohorts.db", ages)


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", {"kind": "lasso"})


def run_in(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def of_first_form(path: Path) -> None:
    run_in(path, SECOND_FORM)
    run_in(path, "ALTER TABLE cohorts DROP COLUMN query; ALTER TABLE cohorts DROP COLUMN tags;")
    run_in(path, "UPDATE selections SET remembered = 4e9; PRAGMA user_version = 1")


def of_second_form(path: Path) -> None:
    run_in(path, SECOND_FORM)
    run_in(path, "UPDATE selections SET remembered = 4e9")


@pytest.mark.parametrize("write", [of_first_form, of_second_form])
def test_a_file_of_a_former_version_loses_nothing(
    store: CohortStore, write: Callable[[Path], None]
) -> None:
    write(store.place.path)
    live, old = store.list()
    (gone,) = store.deleted()
    assert (old.name, old.note, old.rows.tolist()) == ("old ones", "Größe ≥ 3 µm; a 'note'", [1, 2])
    assert (old.import_digest, old.version, gone.name) == ("abc", 1, "gone")
    if write is of_second_form:
        assert (old.tags, live.query, live.rows.tolist()) == (("x", "y"), "age > 25", [2, 3, 4])
    assert store.recall(REMEMBERED) == chosen(0, 3)
    assert store.log() == []
    assert store.save("new", chosen(1)).id == 4
    assert store.restore(gone).version == 2
    with pytest.raises(CaeError, match="exists already"):
        store.save("gone", chosen(1))


@pytest.mark.parametrize("write", [of_first_form, of_second_form, lambda path: None])
def test_migrations_lead_to_the_tables_as_they_are_declared(
    store: CohortStore, write: Callable[[Path], None]
) -> None:
    write(store.place.path)
    store.save("new", chosen(1))
    with SqliteDatabase(store.place.path).reading() as connection:
        assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == NEWEST
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    # A primary key of numbers is never empty in SQLite, whether that is said or not.
    assert [one for one in found if one[0][:4] != ("modify_nullable", None, "cohorts", "id")] == []


def test_a_copied_folder_keeps_its_cohorts(store: CohortStore, tmp_path: Path) -> None:
    kept = store.save("kept", chosen(1, 3))
    copy = shutil.copytree(store.place.path.parent, tmp_path / "copy")
    there = CohortStore(copy / "cohorts.db")
    assert there.get(kept.id).rows.tolist() == [1, 3]
    assert [act.what for act in there.log()] == ["saved"]


def as_nobody(act: Callable[[], None]) -> None:
    """Do something in a process that may not write what this one wrote."""
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            act()
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def contents(folder: Path) -> dict[str, bytes]:
    """What files hold, but the one that those who have a database open share."""
    return {
        file.name: b"" if file.name.endswith("-shm") else file.read_bytes()
        for file in folder.iterdir()
    }


@pytest.mark.parametrize("form", ["newest", "second", "unfinished"])
def test_a_folder_for_reading_only_is_read(store: CohortStore, tmp_path: Path, form: str) -> None:
    folder = Path(shutil.copytree(tmp_path, f"/tmp/cae-read-only-{os.getpid()}-{form}"))
    there = CohortStore(folder / "cohorts.db", ages)
    held = None
    try:
        if form == "second":
            of_second_form(there.place.path)
        else:
            there.save("old ones", chosen(1, 2))
        if form == "unfinished":
            # What is written while somebody reads stays in a file beside.
            held = sqlite3.connect(there.place.path)
            held.execute("BEGIN")
            held.execute("SELECT count(*) FROM cohorts").fetchone()
            there.save("newer", chosen(3))
            assert there.place.path.with_name("cohorts.db-wal").stat().st_size > 0
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
        before = contents(folder)

        def look() -> None:
            assert there.get_by_name("old ones").rows.tolist() == [1, 2]
            assert len(there.list()) == 1 + (form != "newest")
            assert not there.place.is_writable
            with pytest.raises(CaeError, match="cannot be used"):
                there.save("x", chosen(1))

        as_nobody(look)
        assert contents(folder) == before
    finally:
        if held:
            held.close()
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE VIEW mine AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
        "SELECT * FROM n",
        "CREATE TRIGGER mine AFTER INSERT ON cohorts BEGIN DELETE FROM cohorts; END",
        "CREATE VIRTUAL TABLE mine USING fts5(a)",
    ],
)
def test_what_runs_by_itself_is_refused(store: CohortStore, script: str) -> None:
    store.save("a", chosen(1))
    run_in(store.place.path, script)
    for call in (store.list, store.known, lambda: store.save("b", chosen(1))):
        with pytest.raises(CaeError, match="'mine', which CAE Explorer never makes"):
            call()


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE cohorts SET rows = 1000000000000",
        "UPDATE cohorts SET name = x'00ff'",
        "UPDATE cohorts SET version = 'x'",
        "UPDATE cohorts SET created = 'yesterday'",
        f"UPDATE cohorts SET history = '{'[' * 100_000}'",
        "UPDATE cohorts SET provenance = '{\"images_digest\": 3}'",
        "UPDATE acts SET made = 'x'",
        "UPDATE acts SET who = x'00'",
        "DROP TABLE acts; CREATE TABLE acts (id)",
        "DROP TABLE cohorts",
        "ALTER TABLE cohorts DROP COLUMN version",
        "PRAGMA user_version = -5",
        "PRAGMA user_version = 1",
    ],
)
def test_a_file_of_a_stranger_is_a_sentence(store: CohortStore, script: str) -> None:
    store.save("a", chosen(1))
    run_in(store.place.path, script)
    with pytest.raises(CaeError):
        store.list()
        store.log()


def test_looking_makes_no_file(store):
    assert store.list() == []
    assert store.deleted() == []
    assert store.recall("token") is None
    with pytest.raises(CaeError, match="no longer exists"):
        store.get(1)
    with pytest.raises(CaeError, match="save one first"):
        store.get_by_name("x")
    assert not store.place.path.exists()


def test_file_that_is_no_database_is_a_sentence(store):
    store.place.path.write_bytes(b"this is no database" * 100)
    for call in (store.list, lambda: store.save("a", chosen(1)), lambda: store.recall("x")):
        with pytest.raises(CaeError, match="is damaged"):
            call()
    assert store.place.path.read_bytes().startswith(b"this is no database")


def test_cut_off_database_is_a_sentence(store):
    for number in range(50):
        store.save(str(number), chosen(*range(0, 3000, 7)), "note " * 50)
    content = store.place.path.read_bytes()
    store.place.path.write_bytes(content[: len(content) // 3])
    with pytest.raises(CaeError, match="is damaged"):
        store.list()


def test_damaged_fields_are_sentences(store):
    cohort = store.save("a", chosen(1, 2, 3))
    connection = sqlite3.connect(store.place.path)
    connection.execute("UPDATE cohorts SET rows = x'00ff'")
    connection.commit()
    with pytest.raises(CaeError, match="damaged"):
        _ = store.get(cohort.id).rows
    connection.execute("UPDATE cohorts SET history = '{'")
    connection.commit()
    connection.close()
    with pytest.raises(CaeError, match="damaged"):
        store.list()


def test_newer_file_is_a_sentence(store):
    connection = sqlite3.connect(store.place.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CaeError, match="newer version"):
        store.list()


def test_locked_file_is_a_sentence(store, monkeypatch):
    store.save("a", chosen(1))
    monkeypatch.setattr("cae.cohorts.database.sqlite._BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(store.place.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(CaeError, match="cannot be used"):
        store.save("b", chosen(1))
    assert [cohort.name for cohort in store.list()] == ["a"]
    holder.close()


def test_nothing_is_pickled(store):
    store.save("a", chosen(1))
    store.remember(chosen(1))
    connection = sqlite3.connect(store.place.path)
    for table in ("cohorts", "selections"):
        for row in connection.execute(f"SELECT * FROM {table}"):
            assert not any(isinstance(v, bytes) and v.startswith(b"\x80") for v in row)
    connection.close()


def test_several_processes_make_and_fill_one_file(store: CohortStore) -> None:
    assert at_once(save, [(store.place, who, 10) for who in range(3)]) == [0] * 3
    assert len({cohort.name for cohort in store.list()}) == 30


def test_threads_make_many_files_at_once(tmp_path: Path) -> None:
    def make(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        return len(CohortStore(folder / "cohorts.db").save("a", chosen(1)).rows)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(8))) == [1] * 8


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    store = CohortStore(folder / "cohorts.db")
    store.save("a", chosen(1))
    folder.rename(tmp_path / "renamed")
    with pytest.raises(CaeError, match="scans is not there any more, so nothing was changed"):
        store.save("b", chosen(1))
    assert not folder.exists()
    assert [one.name for one in CohortStore(tmp_path / "renamed" / "cohorts.db").list()] == ["a"]
