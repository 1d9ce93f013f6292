import numpy as np
import pytest

from cae.errors import CaeError
from cae.study.study import Study
from pages.components.gallery import neighbour_gallery
from pages.components.gallery.neighbour_gallery import NEIGHBOURS, latent_neighbours


def test_the_images_nearest_to_a_latent_are_shown(digits_study: Study, monkeypatch):
    shown = []
    monkeypatch.setattr(
        neighbour_gallery,
        "neighbour_gallery",
        lambda study, rows, distances, key, on_pick: shown.append((rows, distances, key)),
    )
    between = np.asarray(digits_study.latents[[3, 9]]).mean(axis=0)
    latent_neighbours(digits_study, between, "decoded")
    [(rows, distances, key)] = shown
    latents = np.asarray(digits_study.latents)
    cosines = latents @ between / np.linalg.norm(latents, axis=1) / np.linalg.norm(between)
    assert rows.tolist() == np.argsort(-cosines, kind="stable")[:NEIGHBOURS].tolist()
    np.testing.assert_allclose(distances, np.sort(1 - cosines)[:NEIGHBOURS], atol=1e-5)
    assert key == "decoded"


def test_a_latent_of_another_model_is_told_in_a_sentence(digits_study: Study):
    with pytest.raises(CaeError, match="latents of this study"):
        latent_neighbours(digits_study, np.ones(3), "decoded")
