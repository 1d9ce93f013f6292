import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cae.latent.neighbour_graph import neighbour_graph

LATENTS = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)


def naive(latents, k):
    distances = cdist(latents, latents, "cosine")
    np.fill_diagonal(distances, np.inf)
    rows = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(distances, rows, axis=1)


@pytest.mark.parametrize("rows_at_once", [4096, 64])
def test_exact_graph_is_that_of_all_pairs(monkeypatch, rows_at_once):
    monkeypatch.setattr("cae.latent.neighbour_graph._ROWS_AT_ONCE", rows_at_once)
    seen = []
    graph = neighbour_graph(LATENTS, 7, lambda done, total, message="": seen.append((done, total)))
    rows, distances = naive(LATENTS, 7)
    assert np.array_equal(graph.rows, rows)
    np.testing.assert_allclose(graph.distances, distances, atol=1e-6)
    assert seen[-1] == (300, 300)


@pytest.mark.slow  # pynndescent compiles itself
def test_large_sets_are_approximated_well(monkeypatch):
    monkeypatch.setattr("cae.latent.neighbour_graph.MOST_EXACT", 100)
    graph = neighbour_graph(LATENTS, 7)
    rows, _ = naive(LATENTS, 7)
    kept = [len(set(found) & set(row)) / 7 for found, row in zip(graph.rows, rows, strict=True)]
    assert np.mean(kept) > 0.9
    assert (graph.rows != np.arange(300)[:, None]).all()


def test_no_image_is_its_own_neighbour_where_many_coincide():
    graph = neighbour_graph(np.tile(LATENTS[:1], (30, 1)), 4)
    assert graph.rows.shape == (30, 4)
    assert (graph.rows != np.arange(30)[:, None]).all()
    assert graph.distances.max() < 1e-6


def test_fewer_images_than_neighbours():
    assert neighbour_graph(LATENTS[:3], 9).rows.shape == (3, 2)
    assert neighbour_graph(LATENTS[:1], 9).rows.shape == (1, 0)


def test_pairs_are_named_once():
    graph = neighbour_graph(LATENTS, 5).first(2)
    expected = {tuple(sorted((row, int(other)))) for row in range(300) for other in graph.rows[row]}
    assert [tuple(pair) for pair in graph.pairs.tolist()] == sorted(expected)
