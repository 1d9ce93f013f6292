import numpy as np
import pytest

from cae.local.mask_shapes import describe_shapes, shape_distance


def disc(radius, side=40, x=20, y=20):
    rows, columns = np.mgrid[:side, :side]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def test_a_square_is_described_by_hand():
    mask = np.zeros((1, 20, 20), bool)
    mask[0, 5:15, 5:15] = True
    area, border, by_area, *deeper = describe_shapes(mask)[0]
    assert area == pytest.approx(100 / 400)
    # Ten steps into and ten out of the square, along rows and along columns.
    assert border == pytest.approx(2 * 20 / (19 * 20))
    assert by_area == pytest.approx(border / area)
    # Pixels at least 2, 4 and 6 px from the outside are squares of 8, 4 and 0 px a side.
    assert deeper == pytest.approx([0.64, 0.16, 0.0, 0.0])


def test_moving_and_turning_change_nothing():
    masks = np.stack([disc(7), disc(7, x=14, y=26)])
    described = describe_shapes(masks)
    np.testing.assert_allclose(described[0], described[1])
    turned = np.rot90(masks, axes=(1, 2))
    np.testing.assert_allclose(describe_shapes(turned), described)


def test_sets_of_the_same_shapes_are_nearer_than_others():
    rng = np.random.default_rng(0)
    sizes = [rng.uniform(5, 8, 20) for _ in range(2)]
    some, others = (np.stack([disc(size) for size in each]) for each in sizes)
    rings = np.stack([disc(size + 2) & ~disc(size) for size in sizes[0]])
    assert shape_distance(some, some) == 0
    assert shape_distance(some, others) < 0.5 < shape_distance(rings, some)


def test_empty_masks_count_for_nothing():
    some = np.stack([disc(5), disc(6)])
    with_empty = np.concatenate([some, np.zeros((3, 40, 40), bool)])
    assert shape_distance(with_empty, some) == 0
    assert shape_distance(with_empty[2:], some) == float("inf")
