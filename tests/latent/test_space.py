import numpy as np
import pytest

from cae.latent.space import LatentSpace


def test_meaning_gets_unit_length_and_detail_stays():
    latents = np.random.default_rng(0).normal(size=(7, 5))
    found = LatentSpace(3).onto(latents)
    assert np.linalg.norm(found[:, :3], axis=1) == pytest.approx(1)
    assert np.array_equal(found[:, 3:], latents[:, 3:])
    np.testing.assert_allclose(found[:, :3] * np.linalg.norm(latents[:, :3], axis=1)[:, None],
                               latents[:, :3])  # fmt: skip
    np.testing.assert_allclose(LatentSpace(3).onto(found), found)


def test_a_flat_space_changes_nothing():
    latents = np.random.default_rng(0).normal(size=(7, 5))
    assert np.array_equal(LatentSpace().onto(latents), latents)


def test_what_has_no_direction_gets_one():
    found = LatentSpace(3).onto(np.zeros((2, 5)))
    assert found.tolist() == [[1, 0, 0, 0, 0]] * 2


@pytest.mark.parametrize("size", [2, 3, 64])
def test_opposite_meanings_turn_through_a_right_angle(size):
    space = LatentSpace(size)
    start = space.onto(np.random.default_rng(1).normal(size=size))
    way = space.between(start, -start, np.linspace(0, 1, 9))
    assert np.linalg.norm(way, axis=1) == pytest.approx(1)
    assert way[4] @ start == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose((way[:-1] * way[1:]).sum(axis=1), np.cos(np.pi / 8), atol=1e-6)


def test_nearly_equal_meanings_are_smooth():
    start, end = np.array([1.0, 1e-12, 0]), np.array([1.0, 0, 1e-12])
    way = LatentSpace(3).between(start, end, np.linspace(0, 1, 5))
    np.testing.assert_allclose(way, np.tile([1.0, 0, 0], (5, 1)), atol=1e-6)


def test_a_way_is_as_long_as_its_small_steps():
    space = LatentSpace(4)
    start, end = space.onto(np.random.default_rng(2).normal(size=(2, 9)))
    way = space.between(start, end, np.linspace(0, 1, 2_001))
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    assert steps == pytest.approx(steps.mean(), rel=1e-4)
    length = space.lengths(start[None], end[None])
    assert steps.sum() == pytest.approx(length[0], rel=1e-6)
    assert space.lengths(end[None], start[None]) == pytest.approx(length)
