"""What a search finds, its event finds again, in JSON as studies hold it."""

import json

import numpy as np
import pytest

from cae.cohorts.selection import Selection
from cae.columns.filters import in_scope
from cae.decoding.measures import Measures
from cae.decoding.replay import replay_on
from cae.decoding.search import (
    NearDuplicates,
    NeighboursOf,
    Outliers,
    Search,
    SimilarTo,
    SimilarToOutside,
    SuspectedLabels,
    search_of,
)
from cae.errors import UnusableError
from cae.study.study import Study
from tests.conftest import COUNT

SOME = "ink > 55"
LIKE = Selection.empty().combine(np.array([3]), "replace", {"kind": "click", "row": 3})
LIKE = LIKE.combine(np.array([50]), "add", {"kind": "click", "row": 50})
CLICKS = [
    {"kind": "click", "row": 3, "combine": "replace", "count": 1},
    {"kind": "click", "row": 50, "combine": "add", "count": 2},
]
# The events are as studies on disk hold them, and stay so.
SEARCHES: list[tuple[Search, dict]] = [
    (NeighboursOf(7, 12), {"kind": "similarity", "row": 7, "neighbours": 12}),
    *(
        (
            SimilarTo(to, LIKE, 24),
            {"kind": "similarity", "to": to, "images": 2, "of": CLICKS, "neighbours": 24},
        )
        for to in ("centre", "any")
    ),
    *(
        (Outliers(score, 24), {"kind": "outliers", "score": score, "images": 24})
        for score in ("knn", "cluster", "error")
    ),
    *(
        (
            NearDuplicates(least, leaks),
            {"kind": "near-duplicates", "least_correlation": least, "across_splits": leaks},
        )
        for least, leaks in ((0.95, False), (0.92, True), (0.8, False))
    ),
    (SuspectedLabels(), {"kind": "suspected labels"}),
]
NAMES = [type(search).__name__ for search, _ in SEARCHES]


def never(history: object) -> Selection:
    raise AssertionError("nothing is to be similar to")


@pytest.mark.parametrize(("search", "event"), SEARCHES, ids=NAMES)
@pytest.mark.parametrize("filters", [[], [SOME]])
def test_what_was_noted_finds_the_same_again(
    digits_study: Study, search: Search, event: dict, filters: list[str]
) -> None:
    measures = Measures(digits_study)
    scope = in_scope(digits_study.table, filters)
    rows = search.rows(measures, scope)
    assert 0 < len(rows) <= scope.sum() <= COUNT
    assert scope[rows].all()
    assert search.event() == event

    noted = search.event() | ({"filters": filters} if filters else {})
    stored = json.loads(json.dumps(Selection.empty().combine(rows, "replace", noted).history))
    read = search_of(stored[0], (lambda history: LIKE if history == CLICKS else never(history)))
    assert type(read) is type(search)
    assert read.rows(measures, scope).tolist() == rows.tolist()
    assert read.event() == event
    assert replay_on(digits_study, stored).rows.tolist() == sorted(rows)


def test_what_is_noted_is_how_many_were_asked_for(digits_study: Study) -> None:
    scope = np.zeros(COUNT, bool)
    scope[[3, 5, 8, 13]] = True
    measures = Measures(digits_study)
    assert sorted(Outliers("knn", 24).rows(measures, scope)) == [3, 5, 8, 13]
    assert sorted(SimilarTo("any", LIKE, 24).rows(measures, scope)) == [5, 8, 13]
    assert Outliers("knn", 24).event()["images"] == 24


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (SimilarToOutside(3).event(), "is not kept"),
        ({"kind": "similarity", "neighbours": 3}, "is not kept"),
        ({"kind": "similarity", "to": "any", "neighbours": 3}, "without its 'of'"),
        ({"kind": "guessed"}, "was not noted"),
    ],
)
def test_what_cannot_be_found_again_is_said(event: dict, why: str) -> None:
    with pytest.raises(UnusableError, match=why):
        search_of(event, never)
