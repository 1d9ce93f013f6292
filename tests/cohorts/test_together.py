"""Several people in one store: nothing is lost without a word, and the log tells who did what."""

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.act import Act
from cae.cohorts.conflict import ConflictError
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.errors import CaeError
from cae.who import this_user
from tests.cohorts.filling import at_once, save_and_count

PROCESSES, EACH = 8, 6


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", {"kind": "lasso"})


@pytest.fixture
def store(place) -> CohortStore:
    return CohortStore(place, lambda: pd.DataFrame({"age": [10, 20, 30]}))


@pytest.fixture
def anna(store) -> CohortStore:
    return store.by("anna")


@pytest.fixture
def ben(store) -> CohortStore:
    return store.by("ben")


def told(store: CohortStore, cohort_id: int | None = None) -> list[str]:
    """The log without its times, oldest first."""
    return [act.words.rpartition(" on ")[0] for act in reversed(store.log(cohort_id))]


def test_a_change_of_what_was_changed_says_who_changed_what(anna, ben):
    seen = anna.save("a", chosen(1), "old note")
    assert seen.version == 1
    assert ben.change(seen, name="b", note="ben's note").version == 2
    with pytest.raises(ConflictError) as raised:
        anna.change(seen, note="anna's note")
    said = str(raised.value)
    assert "The cohort “b” is no longer as you saw it" in said
    assert "ben renamed “a” to “b” on " in said
    assert "ben changed the note of “b” on " in said
    assert "Nothing was stored; look at it as it is now" in said
    now = raised.value.now
    assert (now.name, now.note, now.version) == ("b", "ben's note", 2)
    assert anna.get(seen.id).note == "ben's note"
    assert anna.change(now, note="anna's note").note == "anna's note"
    assert anna.get(seen.id).name == "b"


def test_a_change_of_what_was_deleted_says_who_deleted_it(anna, ben):
    seen = anna.save("a", chosen(1))
    ben.delete(seen)
    for act in (
        lambda: anna.change(seen, note="mine"),
        lambda: anna.delete(seen),
    ):
        with pytest.raises(ConflictError, match="ben deleted “a” on .* restore it") as raised:
            act()
        assert raised.value.now.deleted
    restored = anna.restore(raised.value.now)
    assert anna.change(restored, note="mine").note == "mine"
    with pytest.raises(ConflictError, match="anna restored"):
        ben.restore(raised.value.now)


def test_all_fields_are_changed_or_none(anna):
    anna.save("taken", chosen(1))
    seen = anna.save("a", chosen(1))
    for wrong in ({"name": "taken"}, {"name": ""}, {"tags": ["x" * 41]}):
        with pytest.raises(CaeError):
            anna.change(seen, **{"note": "new", **wrong})
    assert (anna.get(seen.id).note, anna.get(seen.id).version) == ("", 1)
    assert told(anna) == ["anna saved “taken”", "anna saved “a”"]


def test_what_changes_nothing_is_no_change(anna):
    seen = anna.save("a", chosen(1), "note", ["x"])
    assert anna.change(seen, name=" a ", note="note", tags=["x", " x"]) is seen
    assert len(anna.log()) == 1


def test_a_renaming_in_queries_is_no_change_of_these(anna, ben):
    first = anna.save("a", chosen(0, 2))
    live = anna.save_live("live", 'cohort("a") and age > 10')
    ben.change(first, name="b")
    assert anna.get(live.id).query == '(cohort("b") and age > 10)' or "b" in anna.get(live.id).query
    assert anna.change(live, note="mine").rows.tolist() == [2]


def test_a_frozen_cohort_is_not_frozen_again_by_who_saw_it_live(anna, ben):
    live = anna.save_live("live", "age > 10")
    ben.freeze(live)
    with pytest.raises(CaeError, match="ben froze “live”"):
        anna.freeze(live)


def test_the_log_tells_who_did_what(anna, ben):
    cohort = anna.save("a", chosen(1))
    other = ben.save_live("live", "age > 10")
    cohort = ben.change(cohort, name="b", tags=["x", "y"])
    cohort = anna.change(cohort, note="n", tags=[])
    anna.note_export(cohort)
    ben.note_export(cohort, "identifying columns")
    ben.freeze(other)
    anna.delete(cohort)
    ben.restore(anna.kept(cohort.id))
    of_it = [
        "anna saved “a”",
        "ben renamed “a” to “b”",
        "ben changed the tags of “b”",
        "anna changed the note of “b”",
        "anna changed the tags of “b”",
        "anna exported “b”",
        "ben exported “b” with identifying columns",
        "anna deleted “b”",
        "ben restored “b”",
    ]
    assert told(anna, cohort.id) == of_it
    assert told(anna) == [of_it[0], "ben saved “live”", *of_it[1:7], "ben froze “live”", *of_it[7:]]
    details = {act.what: act.detail for act in reversed(anna.log())}
    assert details["frozen"] == "age > 10"
    assert [act.detail for act in anna.log() if act.what == "tagged"] == ["x, y", ""]


def test_who_is_logged_in_unless_it_is_said(store):
    store.save("a", chosen(1))
    (act,) = store.log()
    assert act.who == this_user()
    assert act.made.endswith("+00:00")


def test_nobody_is_somebody():
    act = Act(1, "a", 1, "saved", "", "2026-05-03T09:30:00+00:00")
    assert act.words == "somebody saved “a” on 3 May 2026, 09:30 UTC"


def test_eight_processes_at_once_lose_nothing(store):
    counted = store.save("counted", chosen(1), "0")
    tasks = [(store.place, who, EACH, counted.id) for who in range(PROCESSES)]
    assert at_once(save_and_count, tasks) == [0] * PROCESSES
    wanted = {f"{who}-{turn}" for who in range(PROCESSES) for turn in range(EACH)}
    assert {cohort.name for cohort in store.list()} == {*wanted, "counted"}
    assert store.get(counted.id).note == str(PROCESSES * EACH)
    assert store.get(counted.id).version == PROCESSES * EACH + 1
    acts = store.log(counted.id)
    assert sorted(int(act.detail) for act in acts if act.what == "noted") == [
        *range(PROCESSES * EACH)
    ]
