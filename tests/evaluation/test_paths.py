import numpy as np
import pytest

from cae.evaluation.paths import path_figures
from cae.storage import write_array
from cae.study.study import Study


class _Faithful:
    """Decodes a latent into an image that is the latent, and encodes it again."""

    def __init__(self, forget: float) -> None:
        self.forget = forget

    def decode(self, latents: np.ndarray) -> np.ndarray:
        return latents

    def encode(self, images: np.ndarray) -> np.ndarray:
        return images - self.forget * images.mean(axis=0)


def _far_from_zero(study: Study) -> tuple[Study, np.ndarray]:
    """Move the study's latents to one side of zero, where any two of them point alike."""
    latents = np.asarray(study.latents) + 3
    write_array(study.file("latents.npy"), latents)
    return Study.open(study.path), latents


def test_what_comes_back_as_it_was_meant_has_a_cosine_of_one(digits_study: Study) -> None:
    digits_study.model = _Faithful(0.0)
    rows = digits_study.rows("test")
    found = path_figures(digits_study, rows)
    assert found["image_cosine"] == pytest.approx(1)
    assert found["midpoint_cosine"] == pytest.approx(1)
    chance = found["chance_cosine"]
    assert chance is not None and chance < 0.9


def test_middles_are_those_of_the_shortest_ways_and_are_compared_with_what_was_meant(
    digits_study: Study,
) -> None:
    study, latents = _far_from_zero(digits_study)
    study.model = _Faithful(0.9)
    found = path_figures(study, study.rows("test"))
    test = latents[study.rows("test")].astype(float)
    ends = np.random.default_rng(0).integers(len(test), size=(2, 20_000))
    middles = test[ends].mean(axis=0)
    again = middles - 0.9 * middles.mean(axis=0)
    lengths = np.linalg.norm(middles, axis=1) * np.linalg.norm(again, axis=1)
    expected = ((middles * again).sum(axis=1) / lengths).mean()
    assert found["midpoint_cosine"] == pytest.approx(expected, abs=0.02)
    assert found["midpoint_cosine"] < 0.95


def test_a_decoder_that_always_draws_the_same_is_no_better_than_chance(
    digits_study: Study,
) -> None:
    study, _ = _far_from_zero(digits_study)
    study.model = _Faithful(1.0)
    study.model.encode = lambda images: np.full_like(images, images.mean())
    found = path_figures(study, study.rows("test"))
    assert found["midpoint_cosine"] > 0.5
    assert found["midpoint_cosine"] == pytest.approx(found["chance_cosine"])


def test_without_test_images_nothing_is_said(digits_study: Study) -> None:
    digits_study.samples["split"] = "train"
    rows = digits_study.rows("test")
    assert path_figures(digits_study, rows) == {
        "image_cosine": None,
        "midpoint_cosine": None,
        "chance_cosine": None,
    }
