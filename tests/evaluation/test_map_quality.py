import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from cae.evaluation.map_quality import (
    NEIGHBOURS,
    map_trustworthiness,
    neighbourhood_preservation,
    sampled_rows,
)


@pytest.fixture(scope="module")
def latents():
    return load_digits().data[:200]


def unit(points):
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_a_map_that_keeps_everything_scores_one():
    angles = np.random.default_rng(0).uniform(0, 1, 60)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert map_trustworthiness(circle, circle) == pytest.approx(1)
    assert neighbourhood_preservation(circle, circle) == pytest.approx(1)


def test_kept_neighbours_equal_a_naive_count(latents):
    flat = PCA(2, random_state=0).fit_transform(latents)
    by_cosine = -unit(latents) @ unit(latents).T
    by_place = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    shares = []
    for row in range(len(latents)):
        nearest = []
        for distances in (by_cosine[row], by_place[row]):
            order = [other for other in np.argsort(distances) if other != row]
            nearest.append(set(order[:NEIGHBOURS]))
        shares.append(len(nearest[0] & nearest[1]) / NEIGHBOURS)
    assert neighbourhood_preservation(latents, flat) == pytest.approx(np.mean(shares), abs=2e-3)


def test_a_shuffled_map_scores_lower(latents):
    flat = PCA(2, random_state=0).fit_transform(latents)
    shuffled = np.random.default_rng(0).permutation(flat)
    assert map_trustworthiness(latents, shuffled) < map_trustworthiness(latents, flat) - 0.2
    assert neighbourhood_preservation(latents, shuffled) < neighbourhood_preservation(latents, flat)


def test_too_few_points_have_no_figure():
    assert map_trustworthiness(np.eye(2), np.eye(2)) is None
    assert neighbourhood_preservation(np.eye(1), np.zeros((1, 2))) is None


def test_rows_are_drawn_once_and_only_from_many():
    assert sampled_rows(7, 0).tolist() == list(range(7))
    rows = sampled_rows(9000, 1)
    assert len(set(rows)) == len(rows) == 3000
    assert np.array_equal(rows, sampled_rows(9000, 1))
