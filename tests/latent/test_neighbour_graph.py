import subprocess
import sys

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


def test_large_sets_are_approximated_well(monkeypatch):
    monkeypatch.setattr("cae.latent.neighbour_index.MOST_EXACT", 1000)
    blobs = np.random.default_rng(0).normal(size=(40, 16)).repeat(50, axis=0)
    latents = (blobs + np.random.default_rng(1).normal(size=blobs.shape)).astype(np.float32)
    graph = neighbour_graph(latents, 7)
    rows, distances = naive(latents, 7)
    kept = [len(set(found) & set(row)) / 7 for found, row in zip(graph.rows, rows, strict=True)]
    assert np.mean(kept) > 0.97
    assert (graph.rows != np.arange(2000)[:, None]).all()
    assert (np.diff(graph.distances) >= 0).all()
    exact = graph.rows == rows
    np.testing.assert_allclose(graph.distances[exact], distances[exact], atol=1e-6)
    assert np.array_equal(graph.rows, neighbour_graph(latents, 7).rows)


def test_images_whose_lists_hold_too_few_are_searched_exactly(monkeypatch):
    rows, _ = naive(LATENTS, 250)
    monkeypatch.setattr("cae.latent.neighbour_index.MOST_EXACT", 100)
    monkeypatch.setattr("cae.latent.neighbour_index.LEAST_RECALL", 0)
    # Eight of sixty-nine lists never hold 250 of 300 images.
    assert np.array_equal(neighbour_graph(LATENTS, 250).rows, rows)


@pytest.mark.parametrize("modules", ["faiss, torch", "torch, faiss"])
def test_faiss_and_torch_work_beside_each_other(modules):
    script = f"""if True:
        import numpy as np
        import {modules}

        points = np.random.default_rng(0).random((1000, 16), dtype=np.float32)
        for _ in range(2):
            found = faiss.knn(points, points, 5)[1]
            distances = torch.cdist(torch.from_numpy(points), torch.from_numpy(points))
            rows = distances.topk(5, largest=False).indices.numpy()
            assert (found == rows).mean() > 0.99, (found == rows).mean()
    """
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


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
