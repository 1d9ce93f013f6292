"""Stability from draws that are clustered once: kept, checked, and the same as measured anew."""

from itertools import combinations

import numpy as np
import pytest

from cae.cohorts.material import material_of
from cae.cohorts.selection import Selection
from cae.cohorts.stability import agreement, redrawn, stability_of
from cae.study import stability as module
from cae.study import steps
from cae.study.derived import keep_derived
from cae.study.stability import is_of_images, kept_stability, measured_stability
from cae.study.study import Study

LASSO = {"kind": "lasso", "map": "map"}


def saved(study: Study, rows: np.ndarray, event: dict[str, object], name: str = "some"):
    return study.cohorts.save(name, Selection.empty().combine(rows, "replace", event))


def test_draws_are_clustered_once_for_all_groups(digits_study: Study, monkeypatch):
    clusters = digits_study.clusters["cluster"].to_numpy()
    groups = [np.flatnonzero(clusters == number) for number in (0, 1)] + [np.arange(0, 360, 7)]
    assert [kept_stability(digits_study, rows) for rows in groups] == [None] * 3
    told = []
    first = measured_stability(digits_study, groups[0], lambda *how_far: told.append(how_far))
    assert first == stability_of(digits_study, groups[0])
    assert [done for done, _, _ in told] == list(range(20))

    def refuse(*_: object) -> None:
        raise AssertionError("draws are clustered again")

    monkeypatch.setattr(module, "redrawn", refuse)
    study = Study.open(digits_study.path)
    for rows in groups:
        assert kept_stability(study, rows) == stability_of(study, rows)
        assert measured_stability(study, rows) == stability_of(study, rows)


def test_agreement_is_that_of_sets_and_pairs(digits_study: Study):
    rows = set(range(0, 360, 5))
    draws = redrawn(digits_study)
    jaccards, shares = [], []
    for drawn, labels in draws:
        held = {int(row): int(label) for row, label in zip(drawn, labels, strict=True) if row >= 0}
        members = set(held) & rows
        clusters = [
            {row for row in held if held[row] == label} for label in set(held.values()) - {-1}
        ]
        jaccards.append(max(len(one & members) / len(one | members) for one in clusters))
        pairs = list(combinations(members, 2))
        shares.append(sum(held[a] == held[b] >= 0 for a, b in pairs) / len(pairs))
    found = agreement(draws, np.array(sorted(rows)))
    assert found.jaccard == pytest.approx(np.mean(jaccards))
    assert found.together == pytest.approx(np.mean(shares))
    assert not found.is_stable


def test_what_was_kept_of_other_clusters_is_not_taken(digits_study: Study):
    rows = np.arange(40)
    measured_stability(digits_study, rows)
    steps.cluster(digits_study, min_cluster_size=15)
    study = Study.open(digits_study.path)
    assert kept_stability(study, rows) is None


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3),
        np.zeros((2, 3, 4), np.int64),
        np.full((20, 2, 9), 360, np.int64),
        np.full((20, 2, 9), -2, np.int64),
        np.zeros((0, 2, 9), np.int64),
        np.zeros((20, 2, 9), np.float32),
    ],
)
def test_what_cannot_have_been_kept_is_measured_anew(digits_study: Study, array: np.ndarray):
    keep_derived(digits_study, "draws", ("encode", "project", "cluster"), array)
    rows = np.arange(40)
    assert kept_stability(digits_study, rows) is None
    assert measured_stability(digits_study, rows) == stability_of(digits_study, rows)
    assert kept_stability(digits_study, rows) is not None


def test_only_what_images_made_is_asked(digits_study: Study):
    drawn = saved(digits_study, np.arange(9), LASSO, "drawn")
    listed = saved(digits_study, np.arange(9), {"kind": "ids"}, "listed")
    material = material_of(digits_study)
    assert is_of_images(material, drawn)
    assert not is_of_images(material, listed)
    assert is_of_images(material, digits_study.cohorts.save_live("live", "cluster == 2"))
    assert not is_of_images(material, digits_study.cohorts.save_live("left", 'site == "left"'))
    event = {"kind": "filter", "filters": ['cohort("listed")']}
    of_another = saved(digits_study, np.arange(5), event, "of another")
    assert not is_of_images(material, of_another)
    digits_study.cohorts.delete(listed)
    assert not is_of_images(material, of_another)
    former = {**event, "cohorts": {"listed": None}}  # as versions wrote it that noted no cohorts
    assert is_of_images(material, saved(digits_study, np.arange(5), former, "of former versions"))


def test_without_clusters_the_reason_is_said_at_once(digits_study: Study):
    del digits_study.manifest["steps"]["cluster"]
    assert "not clustered" in kept_stability(digits_study, np.arange(9)).sentence
