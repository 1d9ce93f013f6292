import numpy as np
import pytest

from cae.decoding.lens import decode_lens, latents_at
from cae.errors import CaeError
from cae.latent.space import LatentSpace
from cae.latent.support import usual_gap_on_map
from cae.storage import write_array
from cae.study.study import Study

FLAT = LatentSpace()


@pytest.fixture
def scattered() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(80, 5)).astype(np.float32), rng.uniform(size=(80, 2))


def test_at_an_image_it_is_the_images_latent(scattered):
    latents, projection = scattered
    assert latents_at(latents, projection, projection[[3, 40]], FLAT) == pytest.approx(
        latents[[3, 40]], abs=1e-5
    )


def test_elsewhere_it_is_the_weighted_mean_of_eight(scattered):
    latents, projection = scattered
    place = np.array([0.4, 0.6])
    squared = ((projection - place) ** 2).sum(axis=1)
    near = np.argsort(squared)[:8]
    weights = 1 / squared[near]
    expected = (weights[:, None] * latents[near]).sum(axis=0) / weights.sum()
    assert latents_at(latents, projection, place[None], FLAT)[0] == pytest.approx(
        expected, abs=1e-5
    )


def test_elsewhere_it_stays_in_the_space(scattered):
    latents, projection = scattered
    place = np.array([[0.4, 0.6]])
    found = latents_at(latents, projection, place, LatentSpace(3))
    flat = latents_at(latents, projection, place, FLAT)
    assert found == pytest.approx(LatentSpace(3).onto(flat), abs=1e-6)


def test_few_images_are_enough_and_far_places_have_a_latent(scattered):
    latents, projection = scattered
    found = latents_at(latents[:3], projection[:3], np.array([[50.0, -9.0]]), FLAT)
    assert found[0] == pytest.approx(latents[:3].mean(axis=0), abs=0.2)


def test_a_place_that_is_no_number_is_a_sentence(scattered):
    with pytest.raises(CaeError, match="no number"):
        latents_at(*scattered, np.array([[np.nan, 0]]), FLAT)


def test_a_lens_covers_the_map_and_decodes_each_of_its_places(digits_study):
    lens = decode_lens(digits_study, 6)
    projection = np.asarray(digits_study.projection)
    assert (lens.left < projection[:, 0]).all()
    assert (lens.bottom < projection[:, 1]).all()
    assert (lens.left + 5 * lens.step > projection[:, 0]).all()
    assert (lens.bottom + 5 * lens.step > projection[:, 1]).all()
    place = np.array([lens.left + 2 * lens.step, lens.bottom + 4 * lens.step])
    latent = latents_at(digits_study.latents, projection, place[None], FLAT)
    assert np.array_equal(lens.images[4 * 6 + 2], digits_study.model.decode(latent)[0])
    away = np.linalg.norm(projection - place, axis=1)
    assert lens.nearest_rows[4 * 6 + 2] == away.argmin()
    is_empty = away.min() > max(usual_gap_on_map(projection), lens.step / np.sqrt(2))
    is_far = digits_study.support.is_far(latent)[0]
    assert lens.off_data[4 * 6 + 2] == (is_empty or is_far)


def test_the_lens_warns_between_islands_and_not_on_them(digits_study):
    islands = np.asarray(digits_study.projection, dtype=np.float32).copy()
    islands /= np.ptp(islands, axis=0)
    islands[::2] += 10
    write_array(digits_study.file("projection.npy"), islands)
    study = Study.open(digits_study.path)
    lens = decode_lens(study, 20)
    places = np.array([lens.left, lens.bottom]) + lens.step * np.stack(
        np.divmod(np.arange(400), 20)[::-1], axis=1
    )
    _, gaps = nearest_places(places, islands)
    assert lens.off_data[gaps > 3].all()
    assert (gaps > 3).sum() > 100
    where = np.round((islands - [lens.left, lens.bottom]) / lens.step).astype(int)
    assert lens.off_data[where[:, 1] * 20 + where[:, 0]].mean() < 0.02


def nearest_places(places, positions):
    distances = np.linalg.norm(places[:, None] - positions[None], axis=-1)
    return distances.argmin(axis=1), distances.min(axis=1)
