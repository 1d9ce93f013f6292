import numpy as np
import pandas as pd

from cae.cohorts.picking import MapEvent
from cae.columns.colours import cluster_colours, scale_colours

COLOURS = cluster_colours(pd.Series([0, 0, 1, -1]))


def test_points_of_hidden_levels_cannot_be_picked():
    assert MapEvent("all", "replace").pickable(COLOURS).all()
    event = MapEvent("all", "replace", off=(0, 2))
    assert event.pickable(COLOURS).tolist() == [False, False, True, False]


def test_a_faded_part_of_a_scale_cannot_be_picked():
    colours = scale_colours("Age", pd.Series([0.0, 10.0, 20.0, None]))
    event = MapEvent("all", "replace", off=tuple(range(100)))
    assert event.pickable(colours).tolist() == [False, True, True, True]


def test_a_flat_map_is_looked_at_as_it_is():
    xy = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert MapEvent("lasso", "replace").flat(xy) is xy


def test_points_in_space_lie_where_the_screen_showed_them():
    points = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 5.0]])
    from_above = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    event = MapEvent("lasso", "replace", plane=from_above)
    assert event.flat(points).tolist() == [[1.0, 3.0], [0.0, 5.0]]
