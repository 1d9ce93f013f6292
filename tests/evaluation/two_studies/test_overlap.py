import numpy as np
import pytest

from cae.evaluation.two_studies.overlap import (
    chance_overlap,
    most_apart,
    neighbour_overlap,
    profile_correlations,
)
from cae.latent.neighbour_graph import neighbour_graph


def latents(count: int, size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, size)).astype(np.float32)


def turned(vectors: np.ndarray, scale: float = 3.0) -> np.ndarray:
    """The same vectors, turned, scaled, and in a space with more numbers."""
    wide = np.pad(vectors, ((0, 0), (0, 2)))
    rotation = np.linalg.qr(np.random.default_rng(9).normal(size=(wide.shape[1],) * 2))[0]
    return (scale * wide @ rotation).astype(np.float32)


def naive_neighbours(vectors: np.ndarray, k: int) -> list[set[int]]:
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -np.inf)
    return [set(np.argsort(-line)[:k].tolist()) for line in cosines]


def test_it_counts_what_sets_of_neighbours_share() -> None:
    first, second = latents(60, 5, 0), latents(60, 3, 1)
    found = neighbour_overlap(neighbour_graph(first, 7).rows, neighbour_graph(second, 7).rows)
    pairs = zip(naive_neighbours(first, 7), naive_neighbours(second, 7), strict=True)
    assert found.tolist() == [len(one & other) for one, other in pairs]


def test_turning_and_scaling_changes_nothing() -> None:
    vectors = latents(80, 6, 0)
    graphs = [neighbour_graph(some, 10).rows for some in (vectors, turned(vectors))]
    assert (neighbour_overlap(*graphs) == 10).all()
    assert profile_correlations(vectors, turned(vectors)) == pytest.approx(1, abs=1e-5)


def test_unrelated_descriptions_share_what_chance_gives() -> None:
    graphs = [neighbour_graph(latents(800, 8, seed), 10).rows for seed in (0, 1)]
    share = neighbour_overlap(*graphs).mean() / 10
    assert share == pytest.approx(chance_overlap(800, 10), abs=0.003)


def test_profiles_correlate_as_numpy_says() -> None:
    first, second = latents(30, 4, 0), latents(30, 7, 1)
    cosines = []
    for vectors in (first, second):
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines.append(units @ units.T)
    expected = [
        np.corrcoef(*(np.delete(one[row], row) for one in cosines))[0, 1] for row in range(30)
    ]
    assert profile_correlations(first, second) == pytest.approx(expected, abs=1e-5)


def test_latents_that_are_all_the_same_correlate_with_nothing() -> None:
    assert (profile_correlations(np.ones((5, 2)), latents(5, 2, 0)) == 0).all()


def test_those_most_apart_share_least_then_correlate_least() -> None:
    overlap, correlations = np.array([3, 0, 0, 1]), np.array([0.1, 0.9, -0.2, 0.0])
    assert most_apart(overlap, correlations, 3).tolist() == [2, 1, 3]
