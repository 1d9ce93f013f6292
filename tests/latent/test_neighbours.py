import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cae.errors import CaeError
from cae.latent.neighbours import nearest


@pytest.fixture
def latents() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(500, 16)).astype(np.float32)


@pytest.mark.parametrize(("rows_at_once", "queries_at_once"), [(1 << 16, 256), (64, 7), (3, 1)])
def test_agrees_with_scikit_learn(latents, monkeypatch, rows_at_once, queries_at_once):
    monkeypatch.setattr("cae.latent.neighbours._ROWS_AT_ONCE", rows_at_once)
    monkeypatch.setattr("cae.latent.neighbours._QUERIES_AT_ONCE", queries_at_once)
    queries = np.random.default_rng(1).normal(size=(20, 16))
    rows, distances = nearest(latents, queries, 9)
    reference = NearestNeighbors(n_neighbors=9, metric="cosine", algorithm="brute").fit(latents)
    expected_distances, expected_rows = reference.kneighbors(queries)
    assert np.array_equal(rows, expected_rows)
    np.testing.assert_allclose(distances, expected_distances, atol=1e-6)
    assert (rows.dtype, distances.dtype) == (np.int64, np.float32)


def test_an_image_is_nearest_to_itself(latents):
    rows, distances = nearest(latents, latents, 1)
    assert np.array_equal(rows[:, 0], np.arange(len(latents)))
    assert distances.max() < 1e-6


def test_equally_near_ones_come_in_order_of_rows():
    latents = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (5, 1))
    rows, distances = nearest(latents, np.array([[2.0, 0.0]]), 5)
    assert rows.tolist() == [[0, 1, 2, 3, 4]]
    assert (distances == 0).all()


def test_zero_vectors_are_at_one_from_everything(latents):
    latents[3] = 0
    _, from_zero = nearest(latents, np.zeros((1, 16)), 500)
    assert (from_zero == 1).all()
    rows, distances = nearest(latents, latents[:1], 500)
    assert distances[0, rows[0] == 3] == 1


def test_length_does_not_matter(latents):
    assert np.array_equal(
        nearest(latents, latents[:5], 4)[0], nearest(latents, latents[:5] * 7, 4)[0]
    )


def test_opposite_is_at_two():
    assert nearest(np.array([[1.0, 0.0]]), np.array([[-3.0, 0.0]]), 1)[1].tolist() == [[2.0]]


def test_more_neighbours_than_images(latents):
    rows, _ = nearest(latents[:4], latents[:2], 10)
    assert np.sort(rows, axis=1).tolist() == [[0, 1, 2, 3]] * 2
    assert nearest(latents, np.empty((0, 16)), 3)[0].shape == (0, 3)


def test_memory_mapped_latents(latents, tmp_path):
    np.save(tmp_path / "latents.npy", latents)
    mapped = np.load(tmp_path / "latents.npy", mmap_mode="r")
    assert np.array_equal(nearest(mapped, latents[:3], 5)[0], nearest(latents, latents[:3], 5)[0])


def test_bad_arguments_are_sentences(latents):
    with pytest.raises(CaeError, match="at least one"):
        nearest(latents, latents[:1], 0)
    with pytest.raises(CaeError, match="latents of this study"):
        nearest(latents, np.ones((1, 15)), 1)
    with pytest.raises(CaeError, match="queries"):
        nearest(latents, np.full((1, 16), np.nan), 1)
    with pytest.raises(CaeError, match="shape"):
        nearest(latents, latents[0], 1)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_the_lowest_of_many_equally_near_rows_are_taken(k):
    random = np.random.default_rng(0)
    latents = random.normal(size=(6, 4)).astype(np.float32)[random.integers(0, 6, 500)]
    queries = random.normal(size=(40, 4)).astype(np.float32)
    rows, _ = nearest(latents, queries, k)
    _, kind = np.unique(latents, axis=0, return_inverse=True)
    for found in rows:
        nearest_kind = kind[found[0]]
        assert found.tolist() == np.flatnonzero(kind == nearest_kind)[:k].tolist()
