"""Cohorts of a study's own file in the database of a group."""

import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.combination import combined
from cae.cohorts.place import StudyFile, place_of
from cae.cohorts.selection import Selection
from cae.cohorts.sharing import share
from cae.cohorts.store import CohortStore


def ages() -> pd.DataFrame:
    return pd.DataFrame({"age": [10, 20, 30]})


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows, dtype=int), "replace", {"kind": "lasso"})


@pytest.fixture
def own(tmp_path: Path) -> CohortStore:
    return CohortStore(StudyFile(tmp_path / "own.db"), ages)


def test_they_are_copied_with_all_that_is_known_of_them(own, place):
    target = CohortStore(place, ages)
    target.delete(target.save("so that numbers differ", chosen(0)))
    own.delete(own.save("gone", chosen(2)))
    first = own.save("a", chosen(0, 2), "a note", ["x"], images_digest="abc")
    own.save("both", combined("union", [first, own.save_live("live", "age > 10")], 3))
    shared, left = share(own, target)
    assert (shared, left) == (["a", "live", "both"], [])
    for cohort in own.list():
        there = target.get_by_name(cohort.name)
        assert there.rows.tolist() == cohort.rows.tolist()
        for field in ("note", "tags", "query", "created", "provenance", "count"):
            assert getattr(there, field) == getattr(cohort, field)
    named = [event["cohort"] for event in steps(target.get_by_name("both").history)]
    assert named == [target.get_by_name(name).id for name in ("a", "live")]
    assert len(own.list()) == 3


def steps(history):
    """All steps that name a cohort, also those within others."""
    for event in history:
        if "cohort" in event:
            yield event
        yield from steps(event.get("of", ()))


def test_what_is_there_already_stays_as_it_is(own, place):
    target = CohortStore(place, ages)
    target.save("a", chosen(1), "theirs")
    own.save("a", chosen(0), "ours")
    own.save("b", chosen(0))
    assert share(own, target) == (["b"], ["a"])
    assert share(own, target) == ([], ["a", "b"])
    assert target.get_by_name("a").note == "theirs"


def test_a_study_looks_where_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("CAE_DATABASE", "postgres://anna:word@server/cohorts")
    place = place_of(tmp_path, uuid.uuid4().hex)
    assert place.url == "postgresql+psycopg://anna:word@server/cohorts"
    assert "word" not in repr(place)
