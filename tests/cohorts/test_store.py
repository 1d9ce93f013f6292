from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import update

from cae.cohorts.database.connections import writing
from cae.cohorts.database.models import CohortRow
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.errors import CaeError
from cae.export.provenance import study_digests


@pytest.fixture
def store(place) -> CohortStore:
    return CohortStore(place)


def chosen(*rows: int) -> Selection:
    event = {"kind": "lasso", "polygon": [[0.1, 2], [3, 4], [5, 6]]}
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", event)


def test_saved_cohort_comes_back_whole(store):
    saved = store.save(" bright  ones ", chosen(5, 2, 9), "a note", images_digest="abc")
    for cohort in (saved, store.get(saved.id), store.get_by_name("bright ones"), *store.list()):
        assert (cohort.name, cohort.note, cohort.count) == ("bright ones", "a note", 3)
        assert cohort.rows.tolist() == [2, 5, 9]
        assert cohort.rows.dtype == np.int64
        assert cohort.history[0]["polygon"] == [[0.1, 2], [3, 4], [5, 6]]
        assert cohort.import_digest == "abc"
        assert cohort.provenance["app_version"]
        assert cohort.created.endswith("+00:00")
        assert cohort.selection == chosen(2, 5, 9)


def test_another_store_sees_it(store):
    store.save("one", chosen(1))
    assert [cohort.name for cohort in CohortStore(store.place).list()] == ["one"]


def test_newest_first(store):
    for name in "abc":
        store.save(name, chosen(1))
    assert [cohort.name for cohort in store.list()] == ["c", "b", "a"]


@pytest.mark.parametrize("name", ["", "  \n ", "x" * 121])
def test_bad_names_are_refused(store, name):
    with pytest.raises(CaeError, match="name"):
        store.save(name, chosen(1))
    kept = store.save("kept", chosen(1))
    with pytest.raises(CaeError, match="name"):
        store.change(kept, name=name)
    assert store.get(kept.id).name == "kept"


@pytest.mark.parametrize("name", ["x" * 120, "Größe ≥ 3 µm'; DROP TABLE cohorts; --", "\ud800"])
def test_strange_names_are_kept(store, name):
    saved = store.save(name, chosen(1))
    assert store.get_by_name(name).id == saved.id


def test_names_are_unique_among_the_living(store):
    first = store.save("a", chosen(1))
    with pytest.raises(CaeError, match="exists already"):
        store.save("a", chosen(2))
    other = store.save("b", chosen(2))
    with pytest.raises(CaeError, match="exists already"):
        store.change(other, name="a")
    store.delete(first)
    store.change(other, name="a")
    with pytest.raises(CaeError, match="exists already"):
        store.restore(store.kept(first.id))
    assert store.get_by_name("a").id == other.id


def test_empty_selection_is_no_cohort(store):
    with pytest.raises(CaeError, match="select at least one"):
        store.save("none", Selection.empty())


def test_delete_and_restore(store):
    cohort = store.save("a", chosen(1, 4), "note")
    store.delete(cohort)
    assert store.list() == []
    assert [gone.name for gone in store.deleted()] == ["a"]
    for call in (
        lambda: store.get(cohort.id),
        lambda: store.get_by_name("a"),
        lambda: store.change(cohort, name="b"),
        lambda: store.change(store.kept(cohort.id), note="b"),
        lambda: store.delete(cohort),
        lambda: store.delete(store.kept(cohort.id)),
        lambda: store.restore(cohort),
        lambda: store.kept(999),
    ):
        with pytest.raises(CaeError):
            call()
    store.restore(store.kept(cohort.id))
    assert store.get(cohort.id).rows.tolist() == [1, 4]
    assert store.deleted() == []


def test_numbers_are_never_used_twice(store):
    first = store.save("a", chosen(1))
    store.delete(first)
    assert store.save("a", chosen(1)).id > first.id


def test_rename_and_note(store):
    cohort = store.save("a", chosen(1))
    changed = store.change(cohort, name="b")
    store.change(changed, note="seen twice")
    assert (store.get(cohort.id).name, store.get(cohort.id).note) == ("b", "seen twice")


def test_unknown_name_tells_the_known_ones(store):
    store.save("left lung", chosen(1))
    with pytest.raises(CaeError, match="'left lung'"):
        store.get_by_name("lung")


def test_digests_of_the_study_are_kept(digits_study):
    cohort = digits_study.cohorts.save("a", chosen(1), **study_digests(digits_study))
    assert cohort.import_digest == digits_study.digest("import") != ""
    assert cohort.provenance["latents_digest"] == digits_study.digest("encode") != ""
    assert cohort.provenance["projection_digest"] == digits_study.digest("project") != ""


def test_remembered_selection_has_a_short_steady_token(store):
    selection = chosen(3, 1)
    token = store.remember(selection)
    assert len(token) <= 16
    assert token.replace("-", "").replace("_", "").isalnum()
    assert store.remember(selection) == token
    assert store.remember(chosen(3)) != token
    assert store.recall(token) == selection
    assert store.recall("unknown") is None


def test_remembering_keeps_only_the_last(store, monkeypatch):
    monkeypatch.setattr("cae.cohorts.store.REMEMBERED_COUNT", 10)
    tokens = [store.remember(chosen(row)) for row in range(13)]
    assert [store.recall(token) for token in tokens[:3]] == [None] * 3
    assert store.recall(tokens[3]) == chosen(3)
    assert store.recall(tokens[-1]) == chosen(12)


def test_remembering_forgets_what_is_old(store, monkeypatch):
    old = store.remember(chosen(1))
    month = 30 * 86_400
    monkeypatch.setattr("cae.cohorts.store.time.time", lambda: 1e10 + month)
    new = store.remember(chosen(2))
    assert store.recall(old) is None
    assert store.recall(new) == chosen(2)


def test_failed_write_changes_nothing(store):
    store.save("a", chosen(1))
    with pytest.raises(RuntimeError), writing(store.place.database()) as session:
        session.execute(update(CohortRow).values(note="changed"))
        raise RuntimeError
    assert [cohort.note for cohort in store.list()] == [""]


def test_many_threads(store):
    def work(worker: int) -> None:
        own = CohortStore(store.place)
        for turn in range(5):
            cohort = own.save(f"{worker}-{turn}", chosen(worker, turn))
            assert own.recall(own.remember(chosen(worker, turn))) == chosen(worker, turn)
            own.change(cohort, note="done")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(store.list()) == 40
    assert {cohort.note for cohort in store.list()} == {"done"}
