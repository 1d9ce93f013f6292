import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from cae.errors import CaeError
from cae.latent.cluster import (
    by_size,
    centre_clusters,
    default_min_cluster_size,
    hdbscan_clusters,
    kmeans_clusters,
)

COLUMNS = ["cluster", "probability", "outlier_score"]


@pytest.fixture
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """Groups of 300, 200 and 100 with 60 points of noise."""
    points, truth = make_blobs([100, 300, 200], centers=[[0, 0], [8, 0], [0, 9]], random_state=0)
    noise = np.random.default_rng(0).uniform(-15, 25, (60, 2))
    return np.r_[points, noise], np.r_[truth, np.full(60, -1)]


def test_agrees_with_scikit_learn(blobs):
    points, truth = blobs
    ours = hdbscan_clusters(points, 20)
    # scikit-learn counts a point among its own neighbours, hdbscan does not.
    theirs = HDBSCAN(min_cluster_size=20, min_samples=11, copy=True).fit(points)
    assert adjusted_rand_score(theirs.labels_, ours["cluster"]) > 0.95
    assert adjusted_rand_score(truth, ours["cluster"]) > 0.85
    both = (theirs.labels_ >= 0) & (ours["cluster"].to_numpy() >= 0)
    difference = theirs.probabilities_[both] - ours["probability"].to_numpy()[both]
    assert np.abs(difference).mean() < 0.05


def test_clusters_are_numbered_by_size(blobs):
    clusters = hdbscan_clusters(blobs[0], 20)
    sizes = clusters.loc[clusters["cluster"] >= 0, "cluster"].value_counts().sort_index()
    assert sizes.index.tolist() == [0, 1, 2]
    assert sizes.is_monotonic_decreasing


def test_columns_types_and_ranges(blobs):
    clusters = hdbscan_clusters(blobs[0])
    assert list(clusters) == COLUMNS
    assert clusters["cluster"].dtype == np.int64
    assert clusters[COLUMNS[1:]].apply(lambda column: column.between(0, 1)).all(axis=None)
    unclustered = clusters["cluster"] == -1
    assert (clusters.loc[unclustered, "probability"] == 0).all()
    inside, outside = clusters[~unclustered], clusters[unclustered]
    assert outside["outlier_score"].mean() > inside["outlier_score"].mean()


def test_same_points_same_clusters(blobs):
    assert hdbscan_clusters(blobs[0]).equals(hdbscan_clusters(blobs[0]))


@pytest.mark.parametrize("count", [1, 2, 14])
def test_fewer_points_than_a_cluster_needs(count):
    clusters = hdbscan_clusters(np.random.default_rng(0).normal(size=(count, 2)))
    assert (clusters["cluster"] == -1).all()
    assert (clusters[["probability", "outlier_score"]] == 0).all(axis=None)


@pytest.mark.parametrize("size", [2, 3])
def test_as_many_points_as_a_cluster_needs(size):
    clusters = hdbscan_clusters(np.random.default_rng(0).normal(size=(size, 2)), size)
    assert len(clusters) == size
    assert np.isfinite(clusters.to_numpy()).all()


def test_coinciding_points_have_finite_scores():
    points = np.repeat([[0.0, 0.0], [5.0, 5.0]], 30, axis=0)
    clusters = hdbscan_clusters(points)
    assert clusters["cluster"].nunique() == 2
    assert np.isfinite(clusters.to_numpy()).all()
    assert np.isfinite(hdbscan_clusters(np.zeros((40, 2))).to_numpy()).all()


def test_default_size():
    assert [default_min_cluster_size(n) for n in (1, 750, 800, 100_000)] == [15, 15, 16, 2000]


def test_bad_arguments_are_sentences():
    with pytest.raises(CaeError, match="2 or more"):
        hdbscan_clusters(np.zeros((5, 2)), 1)
    with pytest.raises(CaeError, match="row 1"):
        hdbscan_clusters(np.array([[0, 0], [np.nan, 0]]))
    for k in (0, 6):
        with pytest.raises(CaeError, match="change k"):
            kmeans_clusters(np.eye(5), k, seed=0)


def test_kmeans_finds_the_groups(blobs):
    points, truth = blobs
    clusters = kmeans_clusters(points[truth >= 0], 3, seed=0)
    assert list(clusters) == COLUMNS
    assert adjusted_rand_score(truth[truth >= 0], clusters["cluster"]) > 0.98
    assert clusters["cluster"].value_counts().sort_index().tolist() == [300, 200, 100]
    assert kmeans_clusters(points, 3, seed=0).equals(kmeans_clusters(points, 3, seed=0))


def test_kmeans_formulas_against_a_loop(blobs):
    latents = blobs[0].astype(np.float32)
    clusters = kmeans_clusters(latents, 4, seed=0)
    labels = clusters["cluster"].to_numpy()
    centres = np.array([latents[labels == c].mean(axis=0) for c in range(4)], dtype=float)
    own = np.linalg.norm(latents - centres[labels], axis=1)
    for row in range(0, len(latents), 37):
        first, second = sorted(np.linalg.norm(latents[row] - centre) for centre in centres)[:2]
        probability = second**2 / (first**2 + second**2)
        median = np.median(own[labels == labels[row]])
        assert clusters["probability"][row] == pytest.approx(probability, abs=2e-3)
        assert clusters["outlier_score"][row] == pytest.approx(max(0, 1 - median / first), abs=2e-3)


def test_kmeans_at_its_limits():
    one = kmeans_clusters(np.random.default_rng(0).normal(size=(9, 3)), 1, seed=0)
    assert (one["cluster"] == 0).all()
    assert (one["probability"] == 1).all()
    equal = kmeans_clusters(np.ones((6, 3)), 3, seed=0)
    assert np.isfinite(equal.to_numpy()).all()
    each = kmeans_clusters(np.eye(4), 4, seed=0)
    assert sorted(each["cluster"]) == [0, 1, 2, 3]
    assert (each["outlier_score"] == 0).all()


def test_by_size():
    labels = [7, -1, 3, 3, 9, 9, -1, 5, 5, 5]
    assert by_size(np.array(labels)).tolist() == [3, -1, 1, 1, 2, 2, -1, 0, 0, 0]
    assert by_size(np.array([-1, -1])).tolist() == [-1, -1]
    assert by_size(np.array([], dtype=int)).tolist() == []


def test_given_centres_take_what_is_nearest_and_may_stay_empty():
    latents = np.array([[0.0], [1.0], [9.0], [2.0]], np.float32)
    found = centre_clusters(latents, np.array([[1.0], [10.0], [500.0]]))
    assert found["cluster"].tolist() == [0, 0, 1, 0]
    assert found["probability"][1] == 1
    assert found["probability"][2] == pytest.approx(64 / 65)
