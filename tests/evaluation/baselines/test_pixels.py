import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier

from cae.evaluation.baselines.pixels import pca, pca_figures, pixels
from cae.evaluation.representation import representation_figures
from tests.conftest import LATENT_SIZE


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


def rows_of(study):
    labels = study.samples["label"].astype(int).to_numpy()
    return [part for rows in map(study.rows, ("train", "test")) for part in (rows, labels[rows])]


def test_small_images_are_compared_pixel_by_pixel(digits_study):
    train, train_labels, test, labels = rows_of(digits_study)
    flat = np.asarray(digits_study.images).reshape(len(digits_study), -1).astype(np.float32) / 255
    expected = representation_figures(flat[train], train_labels, flat[test], labels, seed=0)
    assert pixels(digits_study) == expected


def test_large_images_are_averaged_first(digits_study):
    small = np.asarray(digits_study.images)
    expected = pixels(digits_study)
    digits_study.__dict__["images"] = (
        np.pad(small, ((0, 0), (2, 2), (2, 2), (0, 0))).repeat(2, axis=1).repeat(2, axis=2)
    )
    assert digits_study.images.shape[1] == 64
    assert pixels(digits_study) == expected


def test_components_are_as_many_as_the_latent_has_numbers(digits_study):
    train, train_labels, test, labels = rows_of(digits_study)
    images = np.asarray(digits_study.images)
    known = pca_figures(images[train], train_labels, images[test], labels, LATENT_SIZE, seed=0)
    figures = pca(digits_study)
    assert figures["knn_accuracy"] == known["pca_knn_accuracy"]
    assert figures["kmeans_nmi"] == known["pca_kmeans_nmi"]
    assert round(figures["psnr_db"], 2) == known["pca_psnr_db"]
    assert figures["linear_probe_accuracy"] > 0.8


def test_a_study_without_labels_has_components_only(digits_study):
    digits_study.samples["label"] = None
    assert pixels(digits_study) == {}
    assert set(pca(digits_study)) == {"psnr_db"}


def test_images_without_a_label_serve_the_components_alone(digits_study):
    whole = pca(digits_study)
    digits_study.samples.loc[digits_study.rows("test")[:20], "label"] = None
    figures = pca(digits_study)
    assert figures["psnr_db"] == whole["psnr_db"]
    assert figures["knn_accuracy"] != whole["knn_accuracy"]
