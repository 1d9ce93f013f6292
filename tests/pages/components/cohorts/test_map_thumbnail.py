import numpy as np
import pytest

from cae.columns.colours import MISSING, rgb
from pages.components.cohorts.map_thumbnail import MEMBERS, thumbnail

CORNERS = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [np.nan, 5]], dtype=np.float32)


def centre(picture: np.ndarray, colour: str) -> np.ndarray:
    """Where (x rightwards, y downwards, 0–1) the pixels of a colour lie on average."""
    is_so = (picture[..., :3] == rgb(colour)).all(axis=-1) & (picture[..., 3] > 0)
    y, x = np.nonzero(is_so)
    return np.array([x.mean(), y.mean()]) / len(picture)


@pytest.mark.parametrize(("row", "place"), [(0, (0, 1)), (1, (1, 1)), (2, (0, 0)), (3, (1, 0))])
def test_members_lie_where_the_map_has_them(row: int, place: tuple[int, int]):
    picture = thumbnail(CORNERS, np.array([row]), 96)
    np.testing.assert_allclose(centre(picture, MEMBERS), place, atol=0.08)


def test_all_others_are_grey_and_the_ground_is_transparent():
    picture = thumbnail(CORNERS, np.array([0, 4]), 96)
    np.testing.assert_allclose(centre(picture, MISSING), (2 / 3, 1 / 3), atol=0.08)
    assert picture[48, 48, 3] == 0


@pytest.mark.parametrize("positions", [np.full((3, 2), np.nan), np.zeros((3, 2))])
def test_maps_without_any_width(positions: np.ndarray):
    assert thumbnail(positions, np.array([1]), 32).shape == (32, 32, 4)
