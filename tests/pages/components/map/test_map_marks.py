import numpy as np

from pages.components.map.map_marks import IN_SCOPE, SELECTED, MapMarks


def test_each_point_says_whether_it_is_selected_and_in_scope():
    scope = np.array([True, True, False, False])
    states = MapMarks(np.array([1, 3]), scope).states(4)
    assert states.tolist() == [IN_SCOPE, IN_SCOPE | SELECTED, 0, SELECTED]
    assert states.dtype == np.uint8


def test_without_filters_all_are_in_scope():
    assert MapMarks(np.array([], int)).states(2).tolist() == [IN_SCOPE, IN_SCOPE]
