import numpy as np
import pytest

from cae.latent.typical import typical_row, typical_rows


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
    assert typical_rows(latents, clusters, 5) == expected
    assert typical_rows(latents, clusters, 2) == expected[:2]


def test_nothing_but_unclustered_has_no_typical_member(latents):
    assert typical_rows(latents, np.full(90, -1), 2) == []


def test_length_does_not_matter_and_zeros_are_never_typical(latents):
    rows = np.arange(30)
    scaled = latents * np.random.default_rng(1).uniform(0.1, 9, (90, 1)).astype(np.float32)
    scaled[5] = 0
    others = np.delete(rows, 5)
    assert typical_row(scaled, rows) == naive(latents, others)
    assert typical_row(np.zeros((1, 3), np.float32), np.array([0])) == 0


def test_a_huge_cluster_is_sampled_evenly():
    latents = np.ones((25_000, 2), np.float32)
    assert 0 <= typical_row(latents, np.arange(25_000)) < 25_000
