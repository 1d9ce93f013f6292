import numpy as np
import pytest
from scipy.optimize import minimize

from cae.latent.neighbours import nearest
from cae.latent.place import place


@pytest.fixture
def islands() -> tuple[np.ndarray, np.ndarray]:
    """Two groups of directions, and a map on which they lie far apart."""
    random = np.random.default_rng(0)
    latents = random.normal(scale=0.2, size=(200, 8)).astype(np.float32)
    latents[:100, 0] += 1
    latents[100:, 1] += 1
    projection = random.normal(size=(200, 2)).astype(np.float32)
    projection[100:] += 50
    return latents, projection


def weighted_distance(point, positions, distances) -> float:
    return float((np.linalg.norm(positions - point, axis=1) / distances).sum())


def test_images_are_placed_on_themselves(islands):
    latents, projection = islands
    np.testing.assert_allclose(place(latents, projection, latents), projection, atol=1e-3)
    assert place(latents, projection, latents[:2] * 3).dtype == np.float32


def test_place_is_the_least_weighted_distance(islands):
    latents, projection = islands
    queries = np.random.default_rng(1).normal(scale=0.2, size=(6, 8)) + np.eye(8)[0]
    rows, distances = nearest(latents, queries, 15)
    placed = place(latents, projection, queries)
    for row, distance, found in zip(rows, distances, placed, strict=True):
        best = minimize(
            weighted_distance,
            projection[row].mean(axis=0),
            (projection[row], distance),
            "Nelder-Mead",
        )
        assert weighted_distance(found, projection[row], distance) <= best.fun * 1.001


def test_query_between_islands_lies_on_one(islands):
    latents, projection = islands
    shares = np.linspace(0, 1, 21)[:, None]
    queries = (1 - shares) * np.eye(8)[0] + shares * np.eye(8)[1]
    away = np.abs(place(latents, projection, queries)[:, 0])
    on_an_island = (away < 5) | (away > 45)
    assert on_an_island.mean() > 0.85
    assert away[0] < 5
    assert away[-1] > 45


def test_new_members_land_in_their_group(islands):
    latents, projection = islands
    random = np.random.default_rng(2)
    queries = random.normal(scale=0.2, size=(50, 8)) + np.eye(8)[1]
    assert (place(latents, projection, queries)[:, 0] > 40).mean() > 0.95


def test_fewer_images_than_neighbours():
    latents, projection = np.eye(3, dtype=np.float32), np.array([[0, 0], [4, 0], [0, 4.0]])
    placed = place(latents, projection, np.ones((1, 3)))
    assert (placed > 0).all()
    assert place(latents[:1], projection[:1], np.ones((2, 3))).tolist() == [[0, 0], [0, 0]]
    assert place(latents, projection, np.empty((0, 3))).shape == (0, 2)


def test_neighbours_at_one_place():
    latents = np.random.default_rng(0).normal(size=(20, 4))
    placed = place(latents, np.full((20, 2), 7.0), np.ones((1, 4)))
    np.testing.assert_allclose(placed, [[7, 7]])
