import numpy as np

from cae.local.palette import region_colours


def test_a_region_keeps_its_colour_and_neighbours_differ():
    colours = region_colours(16).astype(int)
    assert colours.shape == (16, 3)
    assert np.array_equal(colours[:8], region_colours(8))
    distances = np.abs(colours[:, None] - colours[None]).sum(2)
    assert distances[~np.eye(16, dtype=bool)].min() > 40
