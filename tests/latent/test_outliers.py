import numpy as np
from sklearn.neighbors import NearestNeighbors

from cae.latent.neighbour_graph import neighbour_graph
from cae.latent.outliers import knn_outlier_scores, most_outlying

LATENTS = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)


def test_scores_are_mean_distances_to_the_nearest():
    scores = knn_outlier_scores(neighbour_graph(LATENTS, 5))
    reference = NearestNeighbors(n_neighbors=6, metric="cosine", algorithm="brute").fit(LATENTS)
    distances = reference.kneighbors(LATENTS)[0][:, 1:]
    np.testing.assert_allclose(scores, distances.mean(axis=1), atol=1e-6)


def test_one_that_points_elsewhere_is_the_most_outlying():
    crowd = LATENTS * 0.05 + np.eye(6, dtype=np.float32)[0]
    crowd[77] = [0, -1, 0, 0, 0, 0]
    scores = knn_outlier_scores(neighbour_graph(crowd, 5))
    assert most_outlying(scores, 3)[0] == 77


def test_a_single_image_is_no_outlier():
    assert knn_outlier_scores(neighbour_graph(LATENTS[:1], 5)).tolist() == [0]


def test_ranking_leaves_out_what_has_no_score():
    assert most_outlying(np.array([0.1, np.nan, 0.3, 0.3]), 9).tolist() == [2, 3, 0]
    assert most_outlying(np.array([0.1, 0.2]), 1).tolist() == [1]
