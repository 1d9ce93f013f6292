import numpy as np
import pytest

from cae.local.landmark import find_landmark, point_embedding, similarity_map


def unit(shape, seed=0):
    vectors = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_similarity_is_the_cosine_of_every_pixel():
    embeddings = unit((2, 4, 5, 3))
    point = point_embedding(embeddings[0], x=3, y=1)
    similarity = similarity_map(embeddings, point)
    for n, y, x in ((0, 1, 3), (1, 2, 4), (0, 3, 0)):
        a, b = embeddings[n, y, x], embeddings[0, 1, 3]
        expected = (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())
        assert similarity[n, y, x] == pytest.approx(expected, abs=1e-6)
    assert similarity[0, 1, 3] == pytest.approx(1)


def test_the_point_is_found_where_it_was_moved_to():
    embeddings = unit((20, 20, 8))
    moved = np.roll(embeddings, (3, -5), axis=(0, 1))
    point = point_embedding(embeddings, x=10, y=6)
    found = find_landmark(similarity_map(moved[None], point))
    assert found.xy.tolist() == [[5, 9]]
    assert found.similarity[0] == pytest.approx(1)


def test_confidence_is_the_lead_over_the_best_pixel_elsewhere():
    similarity = np.zeros((2, 20, 20), np.float32)
    similarity[0, 5, 5], similarity[0, 5, 6], similarity[0, 15, 15] = 0.9, 0.85, 0.3
    similarity[1, 5, 5], similarity[1, 15, 15] = 0.9, 0.9
    found = find_landmark(similarity)
    assert found.confidence == pytest.approx([0.6, 0.0])


def test_a_single_pixel_has_no_elsewhere():
    found = find_landmark(np.ones((1, 1, 1), np.float32))
    assert found.confidence.tolist() == [0]
