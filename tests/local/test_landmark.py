import numpy as np
import pytest

from cae.local.landmark import (
    constellation,
    find_landmark,
    match_map,
    point_embedding,
    similarity_map,
)


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
    moved = np.roll(embeddings, (3, -5), axis=(0, 1))[None]
    point = constellation(embeddings, x=10, y=6)
    match = match_map(moved, point, has_moves=False)
    found = find_landmark(match, similarity_map(moved, point.points[0]))
    assert found.xy.tolist() == [[5, 9]]
    assert found.similarity[0] == pytest.approx(1)


@pytest.mark.parametrize(("x", "y"), [(10, 6), (0, 0), (31, 17)])
def test_the_match_is_that_of_a_naive_loop(x, y):
    template, others = unit((32, 32, 4)), unit((2, 32, 32, 4), seed=1)
    match = match_map(others, constellation(template, x, y), has_moves=False)
    inside = [
        (dx, dy) for dx in (-2, 0, 2) for dy in (-2, 0, 2) if 0 <= x + dx < 32 and 0 <= y + dy < 32
    ]
    for n, row, column in ((0, 3, 4), (1, 0, 31), (1, 20, 0)):
        total, weights = 0.0, 0.0
        for dx, dy in inside:
            cosines = others[n] @ template[y + dy, x + dx]
            weight = 1 if dx or dy else 2
            there = min(max(row + dy, 0), 31), min(max(column + dx, 0), 31)
            total, weights = total + weight * cosines[there], weights + weight
        assert match[n, row, column] == pytest.approx(total / weights, abs=1e-5)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_and_mirrored_images_are_matched_where_they_may_be(mirrored, turns):
    embeddings = unit((33, 33, 8))
    marks = np.zeros((33, 33), bool)
    marks[9, 14] = True
    embeddings, marks = (
        np.rot90(each[:, ::-1] if mirrored else each, turns) for each in (embeddings, marks)
    )
    point = constellation(unit((33, 33, 8)), x=14, y=9)
    match = match_map(embeddings[None], point, has_moves=True)[0]
    y, x = np.argwhere(marks)[0]
    assert np.unravel_index(match.argmax(), match.shape) == (y, x)
    straight = match_map(embeddings[None], point, has_moves=False)[0, y, x]
    if mirrored or turns:
        assert straight < match[y, x] - 0.2
    else:
        assert straight == match[y, x]


def test_surroundings_tell_apart_what_a_pixel_alone_does_not():
    template = unit((24, 24, 8))
    other = unit((24, 24, 8), seed=1)
    other[3, 3] = template[12, 12]
    other[8:20, 6:18] = template[6:18, 6:18]
    other[14, 12] = unit(8) * 0.3 + template[12, 12]
    other[14, 12] /= np.linalg.norm(other[14, 12])
    point = constellation(template, 12, 12)
    similarity = similarity_map(other[None], point.points[0])
    match = match_map(other[None], point, has_moves=False)
    assert find_landmark(similarity, similarity).xy.tolist() == [[3, 3]]
    assert find_landmark(match, similarity).xy.tolist() == [[12, 14]]


def test_confidence_is_the_lead_over_the_best_pixel_elsewhere():
    similarity = np.zeros((2, 20, 20), np.float32)
    similarity[0, 5, 5], similarity[0, 5, 6], similarity[0, 15, 15] = 0.9, 0.85, 0.3
    similarity[1, 5, 5], similarity[1, 15, 15] = 0.9, 0.9
    found = find_landmark(similarity, similarity)
    assert found.confidence == pytest.approx([0.6, 0.0])


def test_a_single_pixel_has_no_elsewhere():
    single = np.ones((1, 1, 1), np.float32)
    found = find_landmark(single, single)
    assert found.confidence.tolist() == [0]
