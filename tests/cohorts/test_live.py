"""Live cohorts: evaluated anew, referring to others, frozen."""

import sqlite3

import numpy as np
import pandas as pd
import pytest

from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.decoding.replay import replay_on
from cae.errors import CaeError
from cae.study.study import Study


class Tables:
    """A table that a test may change."""

    def __init__(self) -> None:
        self.table = pd.DataFrame({"age": [10, 20, 30, 40, 50]})

    def __call__(self) -> pd.DataFrame:
        return self.table


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def store(tmp_path, tables) -> CohortStore:
    return CohortStore(tmp_path / "cohorts.db", tables)


def chosen(*rows: int) -> Selection:
    return Selection.empty().combine(np.array(rows), "replace", {"kind": "lasso"})


def test_it_holds_what_fulfils_the_query_now(store, tables):
    saved = store.save_live("old", "age > 25", "a note", ["x", " x ", "y"])
    assert (saved.is_live, saved.count, saved.tags) == (True, 3, ("x", "y"))
    tables.table = pd.DataFrame({"age": [99, 20, 30, 40, 50, 60, 1]})
    for cohort in (store.get(saved.id), store.get_by_name("old"), *store.list()):
        assert cohort.rows.tolist() == [0, 2, 3, 4, 5]
        assert (cohort.count, cohort.history[-1]["count"]) == (5, 5)
    assert store.known() == (("old", saved.id, "age > 25"),)


def test_it_may_refer_to_others_which_may_be_renamed(store):
    first = store.save("some", chosen(0, 3, 4))
    store.save_live("old", "age > 35")
    both = store.save_live("both", 'cohort("some") and not cohort("old") or age == 20')
    assert both.rows.tolist() == [0, 1]
    store.change(first, name='a "b"')
    again = store.get(both.id)
    assert again.rows.tolist() == [0, 1]
    assert again.query == 'cohort("a ""b""") and not cohort("old") or age == 20'.replace(
        'cohort("a ""b""") and not cohort("old")', '(cohort("a ""b""") and not cohort("old"))'
    )


def test_frozen_it_keeps_its_images(store, tables):
    live = store.save_live("old", "age > 25")
    frozen = store.freeze(live, images_digest="abc")
    tables.table = pd.DataFrame({"age": [1] * 5})
    cohort = store.get(live.id)
    assert not cohort.is_live
    assert cohort.rows.tolist() == frozen.rows.tolist() == [2, 3, 4]
    assert cohort.history[0]["filters"] == ["age > 25"]
    assert cohort.history[0]["frozen"].endswith("+00:00")
    assert cohort.import_digest == "abc"
    with pytest.raises(CaeError, match="frozen already"):
        store.freeze(store.get(live.id))


def test_what_cannot_be_evaluated_any_more_says_why_and_holds_nothing(store, tables):
    live = store.save_live("old", "age > 25")
    first = store.save("some", chosen(0))
    on_others = store.save_live("on others", 'not cohort("some")')
    store.delete(first)
    tables.table = pd.DataFrame({"years": [1, 2]})
    assert "no column 'age'" in store.get(live.id).problem
    problem = store.get(on_others.id).problem
    assert problem == "There is no cohort named 'some'; choose one of 'old'."
    assert [len(cohort.rows) for cohort in store.list()] == [0, 0]
    with pytest.raises(CaeError, match="no column 'age'"):
        store.freeze(store.get(live.id))


def test_a_circle_is_a_sentence(store):
    first = store.save("a", chosen(0))
    store.save_live("b", 'cohort("a")')
    store.delete(first)
    with pytest.raises(CaeError, match="no cohort named 'a'"):
        store.save_live("a", 'cohort("a")')
    # Nothing but another program leads to one.
    connection = sqlite3.connect(store.place.path)
    connection.execute("""UPDATE cohorts SET query = 'cohort("b")' WHERE name = 'b'""")
    connection.commit()
    connection.close()
    assert "refers to itself" in store.get_by_name("b").problem


@pytest.mark.parametrize("query", ["", "age >", "weight > 3", 'cohort("x")'])
def test_a_query_that_cannot_be_evaluated_is_not_saved(store, query):
    with pytest.raises(CaeError):
        store.save_live("x", query)
    assert store.known() == ()


def test_tags_have_bounds(store):
    with pytest.raises(CaeError, match="at most 40 characters"):
        store.save("x", chosen(1), tags=["x" * 41])
    with pytest.raises(CaeError, match="21 tags"):
        store.save("x", chosen(1), tags=map(str, range(21)))


def test_what_a_query_over_cohorts_follows_from_is_known(digits_study: Study):
    cohorts = digits_study.cohorts
    cohorts.save("drawn", chosen(*range(40)))
    live = cohorts.save_live("drawn left", 'cohort("drawn") and site == "left"')
    assert replay_on(digits_study, live.history).rows.tolist() == live.rows.tolist()
    material = material_of(digits_study)
    for asked in ("cohort:drawn left", 'query:cohort("drawn left")'):
        group, _ = groups_of(material, [asked, "rest"])
        assert group.rows.tolist() == live.rows.tolist()
        assert group.is_exploratory
        assert "site" in group.columns


def test_a_query_is_asked_of_the_images_there_are_whichever_it_was_saved_on(digits_study: Study):
    elsewhere = {"images_digest": "0" * 16}
    cohorts = digits_study.cohorts
    rows = Selection.empty().combine(np.arange(3), "replace", {"kind": "ids"})
    fixed = cohorts.save("fixed", rows, **elsewhere)
    live = cohorts.save_live("live", "label == 3", **elsewhere)
    assert not cohorts.is_of_these_images(fixed)
    assert cohorts.is_of_these_images(live)
    assert cohorts.of_these_images("live").count == live.count > 0
