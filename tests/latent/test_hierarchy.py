import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score

from cae.errors import CaeError
from cae.latent.hierarchy import ward_classes


@pytest.mark.parametrize("k", [2, 7, 10])
def test_equals_scikit_learn(k):
    digits = load_digits().data[:400]
    expected = AgglomerativeClustering(k, linkage="ward").fit_predict(digits)
    found = ward_classes(digits, k)
    assert adjusted_rand_score(expected, found) == 1
    assert sorted(set(found)) == list(range(k))


def test_a_subsample_finds_what_the_whole_shows(monkeypatch):
    monkeypatch.setattr("cae.latent.hierarchy._LARGEST_LINKAGE", 100)
    points, truth = make_blobs(600, centers=5, cluster_std=0.5, random_state=1)
    found = ward_classes(points, 5, seed=3)
    assert adjusted_rand_score(truth, found) == 1
    assert np.array_equal(found, ward_classes(points, 5, seed=3))


def test_the_order_of_latents_does_not_matter():
    points, _ = make_blobs(200, centers=4, random_state=2)
    order = np.random.default_rng(0).permutation(200)
    assert adjusted_rand_score(ward_classes(points, 4)[order], ward_classes(points[order], 4)) == 1


def test_one_class_and_as_many_as_images():
    points = np.arange(12.0).reshape(6, 2)
    assert set(ward_classes(points, 1)) == {0}
    assert sorted(ward_classes(points, 6)) == list(range(6))


def test_one_class_of_a_subsample(monkeypatch):
    monkeypatch.setattr("cae.latent.hierarchy._LARGEST_LINKAGE", 3)
    assert set(ward_classes(np.arange(12.0).reshape(6, 2), 1)) == {0}


@pytest.mark.parametrize("k", [0, 7])
def test_an_impossible_number_is_refused(k):
    with pytest.raises(CaeError, match="pseudo-classes"):
        ward_classes(np.zeros((6, 2)), k)
