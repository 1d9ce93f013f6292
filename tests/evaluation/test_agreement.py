import itertools

import numpy as np
import pytest

from cae.evaluation.agreement import (
    cluster_accuracy,
    majority_labels,
    normalised_mutual_information,
)


@pytest.mark.parametrize("seed", range(5))
def test_hungarian_accuracy_equals_trying_every_assignment(seed):
    rng = np.random.default_rng(seed)
    labels, clusters = rng.integers(0, 4, 40), rng.integers(0, 4, 40)
    best = max(
        np.mean(np.array(names)[clusters] == labels) for names in itertools.permutations(range(4))
    )
    assert cluster_accuracy(labels, clusters) == pytest.approx(best)


def test_figures_ignore_how_clusters_are_numbered():
    labels = np.repeat([0, 1, 2], 5)
    renamed = np.array([7, 3, -1])[labels]
    assert cluster_accuracy(labels, renamed) == 1
    assert normalised_mutual_information(labels, renamed) == pytest.approx(1)


def test_surplus_clusters_count_as_wrong():
    assert cluster_accuracy(np.zeros(4, int), np.array([0, 0, 1, 2])) == 0.5


def test_a_single_cluster_tells_nothing():
    labels = np.array([0, 0, 0, 1])
    assert cluster_accuracy(labels, np.zeros(4, int)) == 0.75
    assert normalised_mutual_information(labels, np.zeros(4, int)) == 0


def test_a_cluster_takes_its_commonest_training_label():
    train_labels = np.array(["a", "a", "b", "b", "b", "c"])
    train_clusters = np.array([0, 0, 0, 1, 1, 3])
    found = majority_labels(train_labels, train_clusters, np.array([0, 1, 3, 2, 5]))
    assert found.tolist() == ["a", "b", "c", "b", "b"]


@pytest.mark.parametrize("seed", range(3))
def test_many_to_one_equals_a_naive_vote(seed):
    rng = np.random.default_rng(seed)
    labels, clusters = rng.integers(0, 3, 90), rng.integers(0, 6, 90)
    votes = {k: np.bincount(labels[clusters == k]).argmax() for k in range(6)}
    test = rng.integers(0, 6, 20)
    assert majority_labels(labels, clusters, test).tolist() == [votes[k] for k in test]
