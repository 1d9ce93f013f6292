import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from cae.evaluation.overclustering import overcluster


@pytest.mark.parametrize(("classes", "expected"), [(2, 20), (10, 20), (15, 30), (90, 40)])
def test_two_clusters_a_class_within_bounds(classes, expected):
    points = np.random.default_rng(0).normal(size=(200, 3))
    assert overcluster(points, np.arange(200) % classes, points[:5], seed=0).clusters == expected


def test_clusters_take_their_commonest_training_label():
    digits = load_digits()
    train, test, labels = digits.data[:600], digits.data[600:800], digits.target[:600]
    kmeans = KMeans(20, n_init=10, random_state=0).fit(train)
    votes = [np.bincount(labels[kmeans.labels_ == cluster]).argmax() for cluster in range(20)]
    expected = [votes[cluster] for cluster in kmeans.predict(test)]
    assert overcluster(train, labels, test, seed=0).predicted.tolist() == expected


def test_there_are_no_more_clusters_than_training_images():
    points = np.random.default_rng(0).normal(size=(12, 3))
    assert overcluster(points, np.arange(12) % 2, points[:5], seed=0).clusters == 12
