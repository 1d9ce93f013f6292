from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cae.columns.colours import cluster_colours, scale_colours
from pages.components.map.map_header import map_header
from pages.components.map.map_look import NO_ABILITIES, MapAbilities, MapLook
from pages.components.map.map_marks import MapMarks, MapPath
from pages.components.map.map_points import MapPoints

POINTS = MapPoints(np.array([[0, 0], [4, 0], [0, 4]], np.float32), ["a", "b", "c"])
COLOURS = cluster_colours(pd.Series([0, 0, -1]))
LOOK = MapLook()
NOTHING, SOME = MapMarks(np.array([], int)), MapMarks(np.array([1]))


def header(marks=NOTHING, look=LOOK, abilities=NO_ABILITIES, colours=COLOURS) -> dict:
    return map_header(POINTS, colours, marks, "map", look, abilities, None)


def test_only_what_would_change_something_is_possible():
    assert header()["possible"] == ["all", "invert"]
    assert header(SOME)["possible"] == ["all", "invert", "clear"]
    able = MapAbilities(undo=True, redo=True)
    assert header(SOME, abilities=able)["possible"] == ["all", "invert", "clear", "undo", "redo"]


def test_named_categories_can_be_renamed_by_who_may():
    assert header()["renameable"] == []
    assert header(abilities=MapAbilities(rename=True))["renameable"] == [0]


def test_names_lie_in_the_middle_of_their_points():
    assert header()["names"] == [{"name": "Cluster 0", "level": 0, "place": [2.0, 0.0]}]


def test_a_scale_is_told_by_its_ends():
    assert header()["scale"] is None
    ages = scale_colours("Age", pd.Series([3.0, 7.0, None]))
    assert {key: header(colours=ages)["scale"][key] for key in ("low", "high")} == {
        "low": 3.0,
        "high": 7.0,
    }


@pytest.mark.parametrize(
    "changed",
    [
        header(SOME),
        header(MapMarks(np.array([], int), np.array([True, False, True]))),
        header(MapMarks(np.array([], int), path=MapPath(np.zeros((2, 2))))),
        header(look=replace(LOOK, hint="Look")),
        header(abilities=MapAbilities(undo=True)),
    ],
)
def test_the_stamp_is_another_when_something_changes(changed):
    assert changed["stamp"] != header()["stamp"] == header()["stamp"]
