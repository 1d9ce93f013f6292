import numpy as np
import pytest

from cae.columns.colours import SCALE, rgb
from cae.local.palette import region_colours
from pages.components.local.overlays import outline_picture, region_overlay, similarity_overlay


def test_shown_regions_have_their_colours_and_hidden_ones_are_transparent():
    labels = np.array([[0, 1], [2, 1]], np.uint8)
    overlay = region_overlay(labels, 3, [0, 2])
    assert overlay.shape == (2, 2, 4) and overlay.dtype == np.uint8
    for y, x in ((0, 0), (1, 0)):
        assert overlay[y, x].tolist() == [*region_colours(3)[labels[y, x]], 255]
    assert overlay[0, 1, 3] == overlay[1, 1, 3] == 0


@pytest.mark.parametrize(("value", "stop"), [(-1, 0), (0, 0), (1, -1), (0.5, len(SCALE) // 2)])
def test_similarity_runs_along_the_scale(value, stop):
    overlay = similarity_overlay(np.array([[value]], np.float32))
    assert overlay[0, 0].tolist() == [*rgb(SCALE[stop]), 255]


def test_outlines_edge_what_was_found_and_what_was_drawn():
    image = np.full((8, 8, 1), 90, np.uint8)
    found, drawn = np.zeros((8, 8, 2), bool), np.zeros((8, 8, 2), bool)
    found[1:4, 1:4, 1] = drawn[5:8, 5:8, 0] = True
    picture = outline_picture(image, found, drawn)
    assert picture.shape == (24, 24, 3)
    assert picture[3, 3].tolist() == region_colours(3)[2].tolist()
    assert picture[15, 20].tolist() == [255] * 3
    for y, x in ((0, 0), (6, 6), (19, 19)):
        assert picture[y, x].tolist() == [90] * 3
