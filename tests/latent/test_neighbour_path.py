import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.manifold import Isomap

from cae.errors import CaeError
from cae.latent.neighbour_path import neighbour_path
from cae.latent.path import geodesic_path
from cae.latent.space import LatentSpace

FLAT, CIRCLE = LatentSpace(), LatentSpace(2)


def arc(count: int = 200) -> np.ndarray:
    """Unit vectors along three quarters of a circle."""
    angles = np.linspace(0, 1.5 * np.pi, count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_it_follows_a_curve_that_the_straight_way_leaves():
    points = arc()
    path = neighbour_path(points, [0, 199], 31, FLAT)
    assert np.linalg.norm(path, axis=1).min() > 0.99
    assert np.linalg.norm(geodesic_path(points[[0, 199]], 31, FLAT), axis=1).min() < 0.75
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps == pytest.approx(steps.mean(), rel=0.02)


def test_between_images_it_stays_in_the_space():
    path = neighbour_path(arc(12), [0, 11], 40, CIRCLE)
    assert np.linalg.norm(path, axis=1) == pytest.approx(1, abs=1e-6)
    turns = np.unwrap(np.arctan2(path[:, 1], path[:, 0]))
    assert np.diff(turns) == pytest.approx(1.5 * np.pi / 39, abs=1e-5)


def test_the_way_is_as_long_as_the_geodesic_of_isomap():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(120, 4)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    squared = cdist(points, points, "sqeuclidean") / 2  # of unit vectors the cosine distance
    geodesic = Isomap(n_neighbors=10, metric="precomputed").fit(squared).dist_matrix_[3, 77]
    path = neighbour_path(points, [3, 77], 4001, FLAT)
    corners = cdist(path, points).min(axis=0) < 1e-3
    way = points[corners][np.argsort(cdist(path, points[corners]).argmin(axis=0))]
    lengths = (np.diff(way, axis=0) ** 2).sum(axis=1) / 2
    assert lengths.sum() == pytest.approx(geodesic, rel=1e-4)


def test_anchors_are_hit_in_order_also_when_one_comes_again():
    points = arc()
    path = neighbour_path(points, [10, 150, 60, 10], 25, FLAT)
    hits = [int(np.flatnonzero((path == points[row]).all(axis=1))[0]) for row in (10, 150, 60)]
    assert hits[0] == 0
    assert hits == sorted(hits)
    assert np.array_equal(path[-1], points[10])
    assert (path.shape, path.dtype) == ((25, 2), np.float32)


def test_groups_with_nothing_between_are_joined_at_their_nearest_pair():
    left, right = arc(40)[:20], -arc(40)[:20]
    points = np.concatenate([left, right])
    path = neighbour_path(points, [0, 39], 41, FLAT)
    assert np.array_equal(path[[0, -1]], points[[0, 39]])
    assert np.isfinite(path).all()


def test_images_that_are_alike_are_no_obstacle():
    points = np.repeat(arc(4), 30, axis=0)
    path = neighbour_path(points, [0, 1, 119], 7, FLAT)
    assert np.array_equal(path[[0, -1]], points[[0, 119]])


@pytest.mark.parametrize(
    ("rows", "steps", "sentence"),
    [([3], 5, "two anchors"), ([3, 4, 5], 2, "as many steps")],
)
def test_what_cannot_be_walked_is_a_sentence(rows, steps, sentence):
    with pytest.raises(CaeError, match=sentence):
        neighbour_path(arc(), rows, steps, FLAT)


def test_latents_that_are_no_numbers_are_a_sentence():
    points = arc()
    points[7, 0] = np.nan
    with pytest.raises(CaeError, match="no number"):
        neighbour_path(points, [0, 9], 5, FLAT)
