"""Combined cohorts, against Python's own sets, and their histories replayed."""

import numpy as np
import pytest

from cae.cohorts.account import account
from cae.cohorts.cohort import Cohort
from cae.cohorts.combination import OPERATIONS, combined
from cae.cohorts.selection import Selection
from cae.cohorts.store import CohortStore
from cae.decoding.replay import replay_on
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.study.study import Study

SETS = {
    "union": lambda first, *others: first.union(*others),
    "intersection": lambda first, *others: first.intersection(*others),
    "difference": lambda first, *others: first.difference(*others),
    "complement": lambda first, *others: set(range(360)) - first.union(*others),
}


def save(store: CohortStore, name: str, rows: object) -> Cohort:
    event = {"kind": "filter", "filters": [f"row in ({name})"]}
    return store.save(name, Selection.empty().combine(np.array(list(rows)), "replace", event))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("members", [2, 3])
def test_operations_are_those_of_sets(digits_study: Study, operation: str, members: int):
    random = np.random.default_rng(0)
    sets = [set(random.choice(360, 150, replace=False).tolist()) for _ in range(members)]
    cohorts = [save(digits_study.cohorts, str(n), rows) for n, rows in enumerate(sets)]
    found = combined(operation, cohorts, 360)
    assert found.rows.tolist() == sorted(SETS[operation](*sets))
    assert replay_on(digits_study, found.history) == found


def test_a_combination_replays_after_its_parts_were_renamed_and_deleted(digits_study: Study):
    store = digits_study.cohorts
    first, second = save(store, "1", range(9)), save(store, "2", range(5, 20))
    made = store.save("both", combined("intersection", (first, second), 360))
    store.change(first, name="another name")
    store.delete(second)
    assert replay_on(digits_study, made.history).rows.tolist() == [5, 6, 7, 8]


def test_a_cohort_of_another_study_is_not_taken_for_its_namesake(digits_study: Study):
    first = save(digits_study.cohorts, "1", range(9))
    history = [{**combined("complement", (first,), 360).history[0]["of"][0], "saved": "2020-01-01"}]
    with pytest.raises(CaeError, match="saved in another study"):
        replay_on(digits_study, history)


def test_the_account_goes_down_to_the_first_steps(digits_study: Study):
    store = digits_study.cohorts
    first, second = save(store, "1", range(9)), save(store, "2", range(5, 20))
    both = store.save(
        "both", combined("union", (first, second), 360), **study_digests(digits_study)
    )
    told = account(combined("complement", (both,), 360).history)
    assert [(step.number, step.count) for step in told] == [
        ("1", 340),
        ("1.1", 20),
        ("1.1.1", 9),
        ("1.1.1.1", 9),
        ("1.1.2", 20),
        ("1.1.2.1", 15),
    ]
    assert told[0].words == "All but (cohort 'both')"
    assert told[4].words == "Plus cohort '2'"
    assert told[3].words == "Filter Row: 1"
    assert [step.depth for step in told] == [0, 1, 2, 3, 2, 3]


def test_misuse_is_said(digits_study: Study):
    first = save(digits_study.cohorts, "1", range(300, 320))
    with pytest.raises(CaeError, match="at least 2 cohorts"):
        combined("union", (first,), 360)
    with pytest.raises(CaeError, match="named twice"):
        combined("union", (first, first), 360)
    with pytest.raises(CaeError, match="use one of union, intersection"):
        combined("sum", (first,), 360)
