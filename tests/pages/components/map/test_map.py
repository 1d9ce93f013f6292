import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cae.cohorts.picking import MapEvent
from cae.columns.colours import cluster_colours, scale_colours
from pages.components.map import map as map_module

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


def test_points_and_colours_are_sent_when_they_change_and_states_always():
    def page() -> None:
        import numpy as np
        import pandas as pd
        import streamlit as st

        from cae.columns.colours import scale_colours
        from pages.components.map import map as shown
        from pages.components.map.map_look import MapLook
        from pages.components.map.map_marks import MapMarks
        from pages.components.map.map_points import MapPoints

        st.session_state["sent"] = []
        for feed in ("_points", "_colours", "_map"):
            note = lambda feed=feed, **_: st.session_state["sent"].append(feed)  # noqa: E731
            setattr(shown, feed, note)
        points = MapPoints(np.zeros((3, 2), np.float32), ["a", "b", "c"])
        ages = scale_colours("Age", pd.Series([1.0, 2.0, st.session_state.get("age", 3.0)]))
        marks = MapMarks(np.array([st.session_state.get("row", 0)]))
        shown.latent_map(points, ages, marks, "map", MapLook())

    def sent(**changes: float) -> list[str]:
        for name, value in changes.items():
            app.session_state[name] = value
        app.run()
        assert not app.exception
        found: list[str] = app.session_state["sent"]
        return found

    app = AppTest.from_function(page)
    with pytest.MonkeyPatch.context() as patch:
        for feed in ("_points", "_colours", "_map"):  # put back what the page replaces
            patch.setattr(map_module, feed, None)
        assert sent() == ["_points", "_colours", "_map"]
        assert sent(row=1) == ["_map"]
        assert sent(age=4.0) == ["_colours", "_map"]
        assert sent(age=3.0) == ["_map"]
