import numpy as np
import pytest
from scipy.spatial import geometric_slerp

from cae.errors import CaeError
from cae.latent.path import geodesic_path, latent_grid
from cae.latent.space import LatentSpace

FLAT, SPHERE, PRODUCT = LatentSpace(), LatentSpace(12), LatentSpace(4)
EACH = pytest.mark.parametrize("space", [FLAT, SPHERE, PRODUCT])


def drawn(count: int, space: LatentSpace) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(count, 12))
    return space.onto(points).astype(np.float32)


def rows_of(path: np.ndarray, anchors: np.ndarray) -> list[int]:
    return [int(np.flatnonzero((path == anchor).all(axis=1))[0]) for anchor in anchors]


@EACH
@pytest.mark.parametrize("steps", [4, 5, 9, 25, 100])
def test_every_anchor_is_hit_exactly_and_in_order(space, steps):
    anchors = drawn(4, space)
    path = geodesic_path(anchors, steps, space)
    assert path.shape == (steps, 12)
    assert path.dtype == np.float32
    rows = rows_of(path, anchors)
    assert (rows[0], rows[-1]) == (0, steps - 1)
    assert rows == sorted(set(rows))


@EACH
def test_no_step_leaves_the_space(space):
    path = geodesic_path(drawn(4, space), 30, space)
    lengths = np.linalg.norm(path[:, : space.semantic], axis=1)
    assert lengths == pytest.approx(1 if space.semantic else 0, abs=1e-6)


def test_in_a_flat_space_it_agrees_with_interpolation():
    anchors = drawn(2, FLAT)
    expected = [anchors[0] + share * (anchors[1] - anchors[0]) for share in np.linspace(0, 1, 7)]
    np.testing.assert_allclose(geodesic_path(anchors, 7, FLAT), expected, atol=1e-6)


def test_on_the_sphere_it_agrees_with_scipy():
    anchors = drawn(2, SPHERE).astype(float)
    anchors /= np.linalg.norm(anchors, axis=1, keepdims=True)
    expected = geometric_slerp(*anchors, np.linspace(0, 1, 9))
    np.testing.assert_allclose(geodesic_path(anchors, 9, SPHERE), expected, atol=1e-6)


def test_in_the_product_meaning_turns_and_detail_goes_straight():
    anchors = drawn(2, PRODUCT)
    path = geodesic_path(anchors, 9, PRODUCT)
    turned = geodesic_path(anchors[:, :4], 9, LatentSpace(4))
    straight = geodesic_path(anchors[:, 4:], 9, FLAT)
    np.testing.assert_allclose(path, np.hstack([turned, straight]), atol=1e-6)


@EACH
def test_a_way_back_is_the_way_there(space):
    anchors = drawn(2, space)
    there, back = geodesic_path(anchors, 8, space), geodesic_path(anchors[::-1], 8, space)
    np.testing.assert_allclose(there, back[::-1], atol=1e-6)


@EACH
def test_steps_are_spread_by_length_and_short_segments_still_get_one(space):
    anchors = drawn(4, space)
    anchors[2] = anchors[3]
    lengths = space.lengths(anchors[:-1], anchors[1:])
    rows = rows_of(geodesic_path(anchors, 41, space), anchors[[0, 1, 2]])
    np.testing.assert_allclose(np.diff(rows), 39 * lengths[:2] / lengths.sum(), atol=1)
    path = geodesic_path(anchors, 10, space)
    assert np.isfinite(path).all()
    assert np.array_equal(path[[0, -1]], anchors[[0, -1]])


@EACH
def test_equal_anchors_stay_where_they_are(space):
    anchors = np.repeat(drawn(1, space), 3, axis=0)
    np.testing.assert_allclose(
        geodesic_path(anchors, 8, space), np.repeat(anchors[:1], 8, axis=0), rtol=1e-6
    )


@EACH
def test_bad_arguments_are_sentences(space):
    anchors = drawn(4, space)
    with pytest.raises(CaeError, match="two anchors"):
        geodesic_path(anchors[:1], 5, space)
    with pytest.raises(CaeError, match="at least as many steps"):
        geodesic_path(anchors, 3, space)
    with pytest.raises(CaeError, match="anchors"):
        geodesic_path(np.array([[0.0, np.nan], [1, 1]]), 3, space)


def test_a_flat_grid_is_straight_along_rows_and_columns():
    grid = latent_grid(drawn(4, FLAT), 5, FLAT).reshape(5, 5, 12)
    for line in (*grid, *grid.transpose(1, 0, 2)):
        assert line == pytest.approx(geodesic_path(line[[0, -1]], 5, FLAT), abs=1e-6)


@EACH
def test_a_grid_has_its_anchors_in_the_corners_and_stays_in_the_space(space):
    anchors = drawn(4, space)
    grid = latent_grid(anchors, 5, space).reshape(5, 5, 12)
    assert np.array_equal(grid[[0, 0, -1, -1], [0, -1, 0, -1]], anchors)
    np.testing.assert_allclose(grid, space.onto(grid), atol=1e-6)
    turned = latent_grid(anchors[[0, 2, 1, 3]], 5, space).reshape(5, 5, 12)
    np.testing.assert_allclose(turned, grid.transpose(1, 0, 2), atol=1e-6)
    # The middle of an edge is that of the shortest way.
    middle = geodesic_path(anchors[:2], 3, space)[1]
    np.testing.assert_allclose(grid[0, 2], middle, atol=1e-6)


@pytest.mark.parametrize(("count", "side", "sentence"), [(3, 5, "four"), (4, 1, "2 or more")])
def test_what_is_no_grid_is_a_sentence(count, side, sentence):
    with pytest.raises(CaeError, match=sentence):
        latent_grid(np.ones((count, 3)), side, FLAT)
