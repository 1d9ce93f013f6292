from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans

from cae.cohorts.stability import Stability, agreement, clusterings, stability_of
from cae.study import steps
from cae.study.study import Study

RANDOM = np.random.default_rng(8)
BLOBS = np.vstack([RANDOM.normal(0, 1, (100, 2)), RANDOM.normal(12, 1, (100, 2))])


def by_means(k: int):
    return lambda points: KMeans(k, n_init=3, random_state=0).fit_predict(points)


def resampled(points: np.ndarray, rows: np.ndarray, regroup, seed: int) -> Stability:
    return agreement(clusterings(points, regroup, seed), rows)


def test_a_group_apart_is_found_again():
    found = resampled(BLOBS, np.arange(100), by_means(2), 0)
    assert (found.jaccard, found.together, found.draws) == (1, 1, 20)
    assert found.is_stable
    assert "found again" in found.sentence


def test_half_of_a_blob_is_no_cluster_of_its_own():
    found = resampled(BLOBS, np.arange(50), by_means(2), 0)
    # Its members are always together, with as many others.
    assert found.together == 1
    assert found.jaccard == pytest.approx(0.5, abs=0.05)
    assert not found.is_stable
    assert "unstable" in found.sentence


def test_members_that_are_scattered_do_not_come_together():
    rows = np.arange(0, 200, 2)
    found = resampled(BLOBS, rows, by_means(2), 0)
    assert found.together == pytest.approx(0.5, abs=0.05)
    assert found.jaccard < 0.5


def test_what_no_clustering_holds_is_alone():
    found = resampled(BLOBS, np.arange(100), lambda points: np.full(len(points), -1), 0)
    assert (found.jaccard, found.together) == (0, 0)
    assert "too few images" in resampled(BLOBS, np.array([3]), by_means(2), 0).sentence


def test_a_study_is_grouped_with_its_own_settings(digits_study: Study, tmp_path: Path):
    rows = np.flatnonzero(digits_study.clusters["cluster"] == 2)
    by_k = stability_of(digits_study, rows)
    assert by_k.draws == 20
    assert by_k.is_stable
    steps.cluster(digits_study, min_cluster_size=15)
    study = Study.open(digits_study.path)
    by_density = stability_of(study, rows)
    assert by_density.draws == 20
    assert by_density != by_k
    parameters = study.manifest["steps"]["cluster"]["parameters"]
    assert (parameters["k"], parameters["min_cluster_size"]) == (0, 15)
    parameters |= {"k": None}
    assert stability_of(study, rows) == by_density
    parameters |= {"min_cluster_size": None}
    chosen = stability_of(study, rows)
    parameters |= {"k": 0, "min_cluster_size": 0}
    assert stability_of(study, rows) == chosen
    study.manifest["steps"]["cluster"]["parameters"] = {"method": "prototypes"}
    assert "prototypes" in stability_of(study, rows).sentence
    del study.manifest["steps"]["cluster"]
    assert "not clustered" in stability_of(study, rows).sentence
