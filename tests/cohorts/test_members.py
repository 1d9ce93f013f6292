import numpy as np
import pytest

from cae.cohorts import members
from cae.cohorts.members import extreme, mean_image, typical


@pytest.fixture
def latents() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(60, 5)).astype(np.float32)


def test_the_mean_image_is_the_mean_of_each_pixel(digits_study):
    rows = np.array([3, 40, 41, 359])
    images = np.asarray(digits_study.images)
    assert mean_image(digits_study.images, rows) == pytest.approx(images[rows].mean(axis=0))


def test_of_many_images_an_even_sample_is_averaged(digits_study, monkeypatch):
    monkeypatch.setattr(members, "_MOST_AVERAGED", 3)
    images = np.asarray(digits_study.images)
    expected = images[[0, 2, 4]].mean(axis=0)
    assert mean_image(digits_study.images, np.arange(5)) == pytest.approx(expected)


def test_typical_images_are_the_nearest_to_the_medoid(latents):
    rows = np.arange(0, 60, 2)
    units = latents[rows] / np.linalg.norm(latents[rows], axis=1, keepdims=True)
    distances = 1 - units @ units.T
    middle = distances.sum(axis=1).argmin()
    expected = rows[np.argsort(distances[middle], kind="stable")[:4]]
    assert typical(latents, rows, 4).tolist() == expected.tolist()
    assert typical(latents, rows, 1).tolist() == expected[:1].tolist()
    assert typical(latents, np.array([7]), 3).tolist() == [7]
    assert sorted(typical(latents, np.array([7, 9]), 3).tolist()) == [7, 9]


def test_extreme_images_lie_farthest_along_the_direction(latents, monkeypatch):
    rows, direction = np.arange(5, 50), np.array([0.0, 0.0, -2.0, 0.0, 0.0])
    expected = sorted(rows.tolist(), key=lambda row: latents[row, 2])[:3]
    assert extreme(latents, rows, direction, 3).tolist() == expected
    monkeypatch.setattr(members, "_ROWS_AT_ONCE", 7)
    assert extreme(latents, rows, direction, 3).tolist() == expected
    assert extreme(latents, rows[:2], direction, 3).tolist() == sorted(
        [5, 6], key=lambda row: latents[row, 2]
    )


def test_equally_extreme_images_come_in_the_order_of_rows():
    latents = np.ones((6, 2), dtype=np.float32)
    assert extreme(latents, np.array([1, 3, 5]), np.array([1.0, 0.0]), 2).tolist() == [1, 3]
