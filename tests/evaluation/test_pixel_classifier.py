import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.svm import SVC

from cae.evaluation.pixel_classifier import pixel_accuracy, pixel_vectors, principal_components


def test_large_images_are_averaged_and_small_ones_left(monkeypatch):
    monkeypatch.setattr("cae.evaluation.pixel_classifier._IMAGES_AT_ONCE", 2)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
    vectors = pixel_vectors(images)
    assert vectors.shape == (5, 32 * 32 * 3)
    assert vectors.dtype == np.float32
    expected = images[4, 2:4, 6:8, 1].mean() / 255
    assert vectors.reshape(5, 32, 32, 3)[4, 1, 3, 1] == pytest.approx(expected)
    small = random.integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
    np.testing.assert_allclose(pixel_vectors(small), small.reshape(3, -1) / 255, atol=1e-6)


def test_equals_scikit_learn_step_by_step():
    digits = load_digits()
    images, labels = (digits.images * 15).astype(np.uint8)[..., None], digits.target
    vectors = pixel_vectors(images)
    accuracy = pixel_accuracy(vectors[:900], labels[:900], vectors[900:], labels[900:], seed=0)
    pca = PCA(50, svd_solver="full").fit(vectors[:900])
    machine = SVC(C=10).fit(pca.transform(vectors[:900]), labels[:900])
    expected = machine.score(pca.transform(vectors[900:]), labels[900:])
    assert accuracy == pytest.approx(expected, abs=0.005)
    assert accuracy > 0.9


def test_one_class_teaches_nothing():
    vectors = np.random.default_rng(0).random((6, 4), dtype=np.float32)
    assert pixel_accuracy(vectors, np.zeros(6), vectors, np.zeros(6), seed=0) is None


def test_images_that_are_all_alike_teach_chance():
    random = np.random.default_rng(0)
    alike, test = np.full((40, 30), 0.5, np.float32), random.random((90, 30), dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        accuracy = pixel_accuracy(alike, np.arange(40) % 3, test, np.arange(90) % 3, seed=0)
    assert accuracy == pytest.approx(1 / 3)


def test_few_images_have_fewer_components():
    vectors = np.random.default_rng(0).random((6, 40), dtype=np.float32)
    assert principal_components(vectors, seed=0).n_components_ == 6
