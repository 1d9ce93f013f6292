import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from cae.evaluation.probes import NEIGHBOURS, kmeans_assignments, knn_accuracy, linear_probe


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
    train_clusters, assigned = kmeans_assignments(train, test, 2, seed=0)
    assert set(train_clusters[:50]) == {assigned[0]}
    assert set(train_clusters[50:]) == {assigned[1]}
    assert assigned[0] == assigned[2] != assigned[1] == assigned[3]


def test_the_linear_probe_equals_scikit_learn_step_by_step():
    digits = load_digits()
    train, test = digits.data[:300], digits.data[300:500]
    train_labels, test_labels = digits.target[:300], digits.target[300:500]
    spread = np.where(train.std(0) > 0, train.std(0), 1)
    model = LogisticRegression(max_iter=1000).fit((train - train.mean(0)) / spread, train_labels)
    scores = model.predict_proba((test - train.mean(0)) / spread)
    accuracy, area = linear_probe(train, train_labels, test, test_labels)
    assert accuracy == np.mean(scores.argmax(1) == test_labels)
    areas = [roc_auc_score(test_labels == digit, scores[:, digit]) for digit in range(10)]
    assert area == pytest.approx(np.mean(areas))


def test_the_linear_probe_of_two_classes_and_of_a_missing_one():
    train = np.array([[0.0], [1.0], [2.0], [3.0]])
    labels = np.array([0, 0, 1, 1])
    assert linear_probe(train, labels, train, labels) == (1.0, 1.0)
    assert linear_probe(train, labels, train[:2], labels[:2]) == (1.0, None)
