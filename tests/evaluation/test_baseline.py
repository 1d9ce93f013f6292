import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier

from cae.evaluation.baseline import pca_figures


@pytest.fixture(scope="module")
def digits():
    loaded = load_digits()
    return (loaded.images * (255 / 16)).astype(np.uint8)[..., None], loaded.target


def test_equals_scikit_learn_step_by_step(digits):
    images, labels = digits
    figures = pca_figures(images[:900], labels[:900], images[900:], labels[900:], 20, seed=0)
    flat = images.reshape(len(images), -1).astype(np.float32)
    pca = PCA(20, svd_solver="full").fit(flat[:900])
    train, test = pca.transform(flat[:900]), pca.transform(flat[900:])
    votes = KNeighborsClassifier(15, metric="cosine").fit(train, labels[:900])
    assert figures["pca_knn_accuracy"] == pytest.approx(votes.score(test, labels[900:]), abs=0.005)
    kmeans = KMeans(10, n_init=10, random_state=0).fit(train).predict(test)
    expected = normalized_mutual_info_score(labels[900:], kmeans)
    assert figures["pca_kmeans_nmi"] == pytest.approx(expected, abs=0.05)
    given_back = np.rint(pca.inverse_transform(test)).clip(0, 255)
    error = np.square(flat[900:] - given_back).mean(1)
    expected = (10 * np.log10(255**2 / error)).mean()
    assert figures["pca_psnr_db"] == pytest.approx(expected, abs=0.05)


def test_without_labels_only_pixels_are_compared(digits):
    images, _ = digits
    figures = pca_figures(images[:50], None, images[50:90], None, 500, seed=0)
    assert figures["pca_knn_accuracy"] is None
    assert figures["pca_kmeans_nmi"] is None
    assert figures["pca_psnr_db"] > 10
