import numpy as np
import pytest
from scipy.spatial import geometric_slerp

from cae.errors import CaeError
from cae.latent.path import latent_grid, linear_path, spherical_path

BOTH = pytest.mark.parametrize("walk", [linear_path, spherical_path])


@pytest.fixture
def anchors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, 12)).astype(np.float32)


def rows_of(path: np.ndarray, anchors: np.ndarray) -> list[int]:
    return [int(np.flatnonzero((path == anchor).all(axis=1))[0]) for anchor in anchors]


@BOTH
@pytest.mark.parametrize("steps", [4, 5, 9, 25, 100])
def test_every_anchor_is_hit_exactly_and_in_order(walk, anchors, steps):
    path = walk(anchors, steps)
    assert path.shape == (steps, 12)
    assert path.dtype == np.float32
    rows = rows_of(path, anchors)
    assert (rows[0], rows[-1]) == (0, steps - 1)
    assert rows == sorted(set(rows))


def test_straight_path_agrees_with_interpolation(anchors):
    path = linear_path(anchors[:2], 7)
    expected = [anchors[0] + share * (anchors[1] - anchors[0]) for share in np.linspace(0, 1, 7)]
    np.testing.assert_allclose(path, expected, atol=1e-6)


def test_spherical_path_agrees_with_scipy(anchors):
    unit = anchors[:2].astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    expected = geometric_slerp(*unit, np.linspace(0, 1, 9))
    np.testing.assert_allclose(spherical_path(unit, 9), expected, atol=1e-6)


def test_norm_changes_linearly_on_the_spherical_path(anchors):
    norms = np.linalg.norm(spherical_path(anchors[:2] * [[1.0], [5.0]], 11), axis=1)
    np.testing.assert_allclose(norms, np.linspace(norms[0], norms[-1], 11), rtol=1e-5)


@BOTH
def test_steps_are_spread_by_length(walk):
    turns = np.array([0, 0.5, 2.0])
    corners = np.c_[np.cos(turns), np.sin(turns)]
    chords = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    lengths = chords if walk is linear_path else np.diff(turns)
    rows = rows_of(walk(corners, 41), corners.astype(np.float32))
    np.testing.assert_allclose(np.diff(rows), 40 * lengths / lengths.sum(), atol=1)


@BOTH
def test_short_segments_still_get_a_step(walk):
    corners = np.array([[1.0, 0], [1, 1e-9], [0, 1], [0, 1]])
    path = walk(corners, 10)
    assert len(path) == 10
    assert np.isfinite(path).all()
    assert np.array_equal(path[[0, -1]], corners[[0, -1]].astype(np.float32))


@BOTH
def test_equal_anchors_stay_where_they_are(walk):
    path = walk(np.full((3, 5), 0.7), 8)
    np.testing.assert_allclose(path, np.full((8, 5), 0.7), rtol=1e-6)


@pytest.mark.parametrize("size", [2, 3, 64])
def test_opposite_directions_turn_through_a_right_angle(size):
    start = np.random.default_rng(1).normal(size=size)
    start /= np.linalg.norm(start)
    path = spherical_path(np.array([start, -2 * start]), 9)
    assert np.isfinite(path).all()
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.linspace(1, 2, 9), rtol=1e-5)
    assert path[4] @ start == pytest.approx(0, abs=1e-6)
    turns = path[:-1] / np.linalg.norm(path[:-1], axis=1, keepdims=True)
    ends = path[1:] / np.linalg.norm(path[1:], axis=1, keepdims=True)
    np.testing.assert_allclose((turns * ends).sum(axis=1), np.cos(np.pi / 8), atol=1e-5)


def test_zero_vector_takes_the_others_direction():
    other = np.array([3.0, 4.0])
    expected = np.linspace(0, 1, 5)[:, None] * other
    np.testing.assert_allclose(spherical_path(np.array([[0, 0], other]), 5), expected, atol=1e-6)
    np.testing.assert_allclose(
        spherical_path(np.array([other, [0, 0]]), 5), expected[::-1], atol=1e-6
    )
    assert np.array_equal(spherical_path(np.zeros((2, 3)), 4), np.zeros((4, 3)))


def test_nearly_equal_directions_are_smooth():
    start = np.array([1.0, 1e-12, 0])
    path = spherical_path(np.array([start, [1.0, 0, 1e-12]]), 5)
    np.testing.assert_allclose(path, np.tile([1.0, 0, 0], (5, 1)), atol=1e-6)


@BOTH
def test_bad_arguments_are_sentences(walk, anchors):
    with pytest.raises(CaeError, match="two anchors"):
        walk(anchors[:1], 5)
    with pytest.raises(CaeError, match="at least as many steps"):
        walk(anchors, 3)
    with pytest.raises(CaeError, match="anchors"):
        walk(np.array([[0.0, np.nan], [1, 1]]), 3)


def test_a_grid_is_straight_along_rows_and_columns_and_has_its_anchors_in_the_corners():
    anchors = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    grid = latent_grid(anchors, 5).reshape(5, 5, 6)
    corners = grid[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.array_equal(corners, anchors)
    for line in (*grid, *grid.transpose(1, 0, 2)):
        assert line == pytest.approx(linear_path(line[[0, -1]], 5), abs=1e-6)


@pytest.mark.parametrize(("count", "side", "sentence"), [(3, 5, "four"), (4, 1, "2 or more")])
def test_what_is_no_grid_is_a_sentence(count, side, sentence):
    with pytest.raises(CaeError, match=sentence):
        latent_grid(np.ones((count, 3)), side)
