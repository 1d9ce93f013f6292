import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cae.latent.support import usual_gap, usual_gap_on_map


def test_it_is_the_high_quantile_of_distances_to_the_nearest_other_image():
    latents = np.random.default_rng(0).normal(size=(300, 5)).astype(np.float32)
    finder = NearestNeighbors(n_neighbors=2, metric="cosine").fit(latents)
    expected = np.quantile(finder.kneighbors(latents)[0][:, 1], 0.99)
    assert usual_gap(latents) == pytest.approx(expected, rel=1e-4)


def test_length_does_not_matter_and_alike_images_have_no_gap():
    latents = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    lengths = np.linspace(0.1, 9, 50, dtype=np.float32)[:, None]
    assert usual_gap(latents * lengths) == pytest.approx(usual_gap(latents), abs=1e-5)
    assert usual_gap(np.repeat(latents, 2, axis=0)) == pytest.approx(0, abs=1e-6)


def test_a_single_image_sets_no_limit():
    assert usual_gap(np.ones((1, 4), dtype=np.float32)) == 2.0


def test_the_gap_on_a_map_is_the_quantile_of_distances_to_the_nearest_other_place():
    places = np.random.default_rng(2).uniform(size=(200, 2))
    away = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(away, np.inf)
    assert usual_gap_on_map(places) == pytest.approx(np.quantile(away.min(axis=1), 0.99))
    assert usual_gap_on_map(np.repeat(places, 2, axis=0)) == 0
    assert usual_gap_on_map(places[:1]) == np.inf
