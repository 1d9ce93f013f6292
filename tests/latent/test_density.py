import numpy as np
import pytest
import shapely

from cae.latent.density import SHARES, density_contours


def blobs(count=4000):
    rng = np.random.default_rng(0)
    return np.concatenate(
        [rng.normal((0, 0), 1.0, (count, 2)), rng.normal((12, 3), (1.5, 0.6), (count, 2))]
    )


def region(contours, share):
    """What the lines of one share enclose, by the even-odd rule."""
    found = shapely.Polygon()
    for contour in contours:
        if contour.share == share:
            found = found.symmetric_difference(shapely.Polygon(contour.corners).buffer(0))
    return found


def test_each_region_holds_its_share_of_the_points():
    xy = blobs()
    contours = density_contours(xy)
    for share in SHARES:
        inside = shapely.contains_xy(region(contours, share), xy[:, 0], xy[:, 1])
        assert inside.mean() == pytest.approx(share, abs=0.04)


def test_the_regions_lie_in_each_other_and_around_both_groups():
    contours = density_contours(blobs())
    regions = [region(contours, share) for share in SHARES]
    for outer, inner in zip(regions, regions[1:], strict=False):
        assert inner.difference(outer).area < 0.01 * inner.area
    assert regions[0].contains(shapely.Point(0, 0))
    assert regions[0].contains(shapely.Point(12, 3))
    assert not regions[0].contains(shapely.Point(6, 1.5))


def test_moving_and_stretching_the_points_moves_and_stretches_the_lines():
    xy = blobs(500)
    plain, moved = density_contours(xy), density_contours(xy * [2, 0.5] + [10, -3])
    assert len(plain) == len(moved)
    for before, after in zip(plain, moved, strict=True):
        np.testing.assert_allclose(after.corners, before.corners * [2, 0.5] + [10, -3], atol=1e-3)


def test_lines_are_closed():
    assert all((line.corners[0] == line.corners[-1]).all() for line in density_contours(blobs()))


@pytest.mark.parametrize(
    "xy", [np.zeros((0, 2)), np.ones((5, 2)), np.full((3, 2), np.nan), [[0.0, 1.0]]]
)
def test_without_an_extent_there_are_no_lines(xy):
    assert density_contours(np.asarray(xy)) == []


def test_points_without_a_position_are_left_out():
    xy = blobs(300)
    with_gaps = np.concatenate([xy, [[np.nan, 0.0], [np.inf, 1.0]]])
    for plain, other in zip(density_contours(xy), density_contours(with_gaps), strict=True):
        np.testing.assert_array_equal(plain.corners, other.corners)
