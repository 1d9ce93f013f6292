import warnings

import numpy as np
import pytest

from cae.evaluation.classification import balanced_accuracy, confusion


def test_every_class_counts_alike():
    labels, predicted = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 0, 1, 0])
    assert balanced_accuracy(labels, predicted) == 0.75


def test_a_class_that_is_only_predicted_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert balanced_accuracy(np.array([0, 0, 1]), np.array([0, 2, 1])) == 0.75


@pytest.mark.parametrize("seed", range(3))
def test_confusion_equals_a_naive_count(seed):
    rng = np.random.default_rng(seed)
    labels, predicted = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    counts = confusion(labels, predicted, ("a", "b", "c"))
    for row, true in enumerate("abc"):
        for column, named in enumerate("abc"):
            assert counts.loc[true, named] == np.sum((labels == row) & (predicted == column))


def test_a_class_without_images_has_zeros():
    counts = confusion(np.array([0, 2]), np.array([0, 0]), ("a", "b", "c"))
    assert counts.to_numpy().tolist() == [[1, 0, 0], [0, 0, 0], [1, 0, 0]]
