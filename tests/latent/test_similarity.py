import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cae.errors import CaeError
from cae.latent.similarity import distances_to_any, distances_to_centre, nearest_others

LATENTS = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)


def test_distances_are_those_of_scipy(monkeypatch):
    monkeypatch.setattr("cae.latent.similarity._ROWS_AT_ONCE", 33)
    rows = np.array([3, 50, 120])
    pairwise = cdist(LATENTS, LATENTS[rows], "cosine")
    np.testing.assert_allclose(distances_to_any(LATENTS, rows), pairwise.min(axis=1), atol=1e-6)
    unit = LATENTS[rows] / np.linalg.norm(LATENTS[rows], axis=1, keepdims=True)
    centre = cdist(LATENTS, unit.mean(axis=0)[None], "cosine")[:, 0]
    np.testing.assert_allclose(distances_to_centre(LATENTS, rows), centre, atol=1e-6)


def test_one_image_is_its_own_centre():
    row = np.array([7])
    centre, one = distances_to_centre(LATENTS, row), distances_to_any(LATENTS, row)
    np.testing.assert_allclose(centre, one, atol=1e-6)
    assert centre.argmin() == 7


def test_the_length_of_a_latent_does_not_matter():
    rows, scaled = np.array([1, 2]), LATENTS.copy()
    scaled[1] *= 100
    np.testing.assert_allclose(
        distances_to_centre(LATENTS, rows), distances_to_centre(scaled, rows), atol=1e-5
    )


def test_of_many_an_even_sample_is_looked_at(monkeypatch):
    monkeypatch.setattr("cae.latent.similarity._MOST_MEMBERS", 3)
    sampled = distances_to_any(LATENTS, np.arange(101))
    assert np.array_equal(sampled, distances_to_any(LATENTS, np.array([0, 50, 100])))


@pytest.mark.parametrize("k", [1, 5, 196, 500])
def test_the_nearest_of_the_others(k):
    rows = np.array([0, 5, 9, 11])
    distances = distances_to_centre(LATENTS, rows)
    order = [row for row in np.argsort(distances, kind="stable") if row not in rows]
    assert nearest_others(distances, rows, k).tolist() == order[:k]


def test_ties_are_decided_by_row():
    assert nearest_others(np.array([1.0, 0, 1, 1, 1]), np.array([1]), 2).tolist() == [0, 2]


def test_nothing_is_similar_to_nothing():
    for distances in (distances_to_any, distances_to_centre):
        with pytest.raises(CaeError, match="at least one"):
            distances(LATENTS, np.array([], dtype=int))
