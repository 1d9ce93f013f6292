import numpy as np
from sklearn.datasets import make_blobs

from cae.evaluation.stability import cluster_stability


def test_separate_groups_are_stable_and_noise_is_not():
    points, _ = make_blobs(300, centers=4, cluster_std=0.3, random_state=0)
    noise = np.random.default_rng(0).normal(size=(300, 20))
    assert cluster_stability(points[:200], points[200:], 4, seed=0) == 1
    assert cluster_stability(noise[:200], noise[200:], 4, seed=0) < 0.6


def test_one_cluster_is_always_the_same():
    points = np.random.default_rng(0).normal(size=(30, 2))
    assert cluster_stability(points, points, 1, seed=0) == 1
