import pytest

from cae.latent.cluster import kmeans_clusters
from cae.local.regions import area_column
from cae.sources.own_columns import is_own, kept_names


@pytest.mark.parametrize("name", ["id", "Split", " label", "PATIENT", "file", "Region 3 area"])
def test_own_names(name):
    assert is_own(name)


def test_all_columns_that_a_study_computes_are_own():
    import numpy as np

    points = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    columns = [*kmeans_clusters(points, 2, 0).columns, area_column(0), area_column(12)]
    assert all(map(is_own, columns))


@pytest.mark.parametrize("name", ["idle", "labels", "area", "region area", "clusters", "age"])
def test_other_names(name):
    assert not is_own(name)


def test_names_of_columns_that_are_there_are_kept_under_others():
    kept = kept_names(["age", "sex", "file"], ["age", "age (table)"])
    assert kept == {"age": "age (table 2)", "sex": "sex", "file": "file (table)"}


def test_own_names_are_kept_under_others():
    kept = kept_names(["cluster", "age", "cluster (table)", "Cluster"])
    assert kept["age"] == "age"
    assert kept["cluster (table)"] == "cluster (table)"
    assert len(set(kept.values())) == 4
    assert not any(map(is_own, kept.values()))
    assert kept["cluster"].startswith("cluster (table")
