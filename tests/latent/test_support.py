import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from cae.latent.space import LatentSpace
from cae.latent.support import Support, usual_gap_on_map

FLAT, PRODUCT = LatentSpace(), LatentSpace(3)


def drawn(count: int, space: LatentSpace) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(count, 5))
    return space.onto(points).astype(np.float32)


def test_gaps_are_high_quantiles_of_distances_to_the_nearest_other_image_in_each_part():
    latents = drawn(300, PRODUCT)
    for gap, part in zip(
        Support.of(latents, PRODUCT).gaps, (latents[:, :3], latents[:, 3:]), strict=True
    ):
        finder = NearestNeighbors(n_neighbors=2).fit(part)
        expected = np.quantile(finder.kneighbors(part)[0][:, 1], 0.99)
        assert gap == pytest.approx(expected, rel=1e-4)


def test_images_themselves_are_not_far_but_for_few():
    for space in (FLAT, PRODUCT):
        latents = drawn(400, space)
        assert not Support.of(latents, space).is_far(latents).any()
        half = Support.of(latents[::2], space)
        assert half.is_far(latents[1::2]).mean() < 0.1


def test_what_is_odd_in_either_part_or_too_long_is_far():
    latents = drawn(400, PRODUCT)
    latents[:, 0] = np.abs(latents[:, 0])
    support = Support.of(latents, PRODUCT)
    opposite, detailed, long = latents[7] * [-1, 1, 1, 1, 1], latents[7].copy(), 9 * latents[7]
    detailed[3:] = 50
    assert support.is_far(np.stack([latents[7], opposite, detailed, long])).tolist() == [
        False,
        True,
        True,
        True,
    ]


def test_alike_images_have_no_gap_and_a_single_image_sets_no_limit():
    twice = np.repeat(drawn(50, PRODUCT), 2, axis=0)
    assert Support.of(twice, PRODUCT).gaps == pytest.approx((0, 0), abs=1e-3)
    alone = Support.of(drawn(1, PRODUCT), PRODUCT)
    assert not alone.is_far(drawn(9, PRODUCT)).any()


def test_the_gap_on_a_map_is_the_quantile_of_distances_to_the_nearest_other_place():
    places = np.random.default_rng(2).uniform(size=(200, 2))
    away = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(away, np.inf)
    assert usual_gap_on_map(places) == pytest.approx(np.quantile(away.min(axis=1), 0.99))
    assert usual_gap_on_map(np.repeat(places, 2, axis=0)) == 0
    assert usual_gap_on_map(places[:1]) == np.inf
