import numpy as np
from sklearn.datasets import load_digits

from cae.evaluation.probes import NEIGHBOURS, kmeans_assignment, knn_accuracy


def test_knn_accuracy_equals_a_naive_vote():
    digits = load_digits()
    train, test = digits.data[:300], digits.data[300:360]
    train_labels, test_labels = digits.target[:300], digits.target[300:360]
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (train, test)]
    nearest = np.argsort(-(unit[1] @ unit[0].T), axis=1, kind="stable")[:, :NEIGHBOURS]
    votes = [np.bincount(train_labels[row], minlength=10).argmax() for row in nearest]
    expected = np.mean(np.array(votes) == test_labels)
    assert knn_accuracy(train, train_labels, test, test_labels) == expected


def test_knn_works_with_fewer_training_images_than_neighbours():
    train, labels = np.eye(3), np.array([0, 0, 0])
    assert knn_accuracy(train, labels, np.eye(3), labels) == 1


def test_kmeans_learns_its_centres_on_train_alone():
    rng = np.random.default_rng(0)
    train = np.concatenate([rng.normal(0, 0.1, (50, 2)), rng.normal(5, 0.1, (50, 2))])
    test = np.array([[0.0, 0.0], [5.0, 5.0], [0.1, 0.1], [400.0, 400.0]])
    assigned = kmeans_assignment(train, test, 2, seed=0)
    assert assigned[0] == assigned[2] != assigned[1] == assigned[3]
