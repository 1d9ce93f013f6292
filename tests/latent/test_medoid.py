import numpy as np
import pytest

from cae.latent.medoid import medoid, medoids


@pytest.fixture
def latents() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(90, 5)).astype(np.float32) + 1


def naive(latents: np.ndarray, rows: np.ndarray) -> int:
    unit = [latents[row] / np.linalg.norm(latents[row]) for row in rows]
    mean = np.mean(unit, axis=0)
    return rows[int(np.argmax([vector @ mean for vector in unit]))]


def test_largest_clusters_come_first_each_with_its_most_central_member(latents):
    clusters = np.repeat([3, -1, 0, 7], [20, 40, 25, 5])
    expected = [naive(latents, np.flatnonzero(clusters == number)) for number in (0, 3, 7)]
    assert medoids(latents, clusters, 5) == expected
    assert medoids(latents, clusters, 2) == expected[:2]


def test_nothing_but_unclustered_has_no_medoid(latents):
    assert medoids(latents, np.full(90, -1), 2) == []


def test_length_does_not_matter_and_zeros_are_never_the_medoid(latents):
    rows = np.arange(30)
    scaled = latents * np.random.default_rng(1).uniform(0.1, 9, (90, 1)).astype(np.float32)
    scaled[5] = 0
    others = np.delete(rows, 5)
    assert medoid(scaled, rows) == naive(latents, others)
    assert medoid(np.zeros((1, 3), np.float32), np.array([0])) == 0


def test_a_huge_cluster_is_sampled_evenly():
    latents = np.ones((25_000, 2), np.float32)
    assert 0 <= medoid(latents, np.arange(25_000)) < 25_000
