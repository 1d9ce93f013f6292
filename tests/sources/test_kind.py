import numpy as np
import pytest
from sklearn.datasets import load_digits

from cae.augment.augmentation import PRESETS
from cae.sources.kind import kind_of, told_apart

COUNT = 200


def bumps(places: np.ndarray, size: int = 32) -> np.ndarray:
    """Grey images (N, S, S, 1) of one bright bump each, at places (N, 2) in 0–1."""
    grid = np.arange(size) / size
    squares = (grid[None, :, None] - places[:, :1, None]) ** 2
    squares = squares + (grid[None, None, :] - places[:, 1:, None]) ** 2
    return (255 * np.exp(-squares / 0.02)).astype(np.uint8)[..., None]


def places(low: float, high: float, upper: float = 1) -> np.ndarray:
    drawn = np.random.default_rng(0).random((COUNT, 2))
    return np.stack([upper * drawn[:, 0], low + (high - low) * drawn[:, 1]], axis=1)


def test_what_lies_to_one_side_keeps_its_sides() -> None:
    assert kind_of(bumps(places(0, 0.4, 0.4))) == ("organs", ())


def test_what_has_a_top_but_no_sides_may_be_mirrored() -> None:
    kind, notes = kind_of(bumps(places(0, 1, 0.3)))
    assert kind == "mixed"
    assert "views are mirrored" in notes[0]


def test_what_lies_anywhere_may_be_turned() -> None:
    kind, notes = kind_of(bumps(places(0, 1)))
    assert kind == "cells"
    assert "turned and mirrored freely" in notes[0]


def test_colours_are_of_tissue_and_three_equal_channels_are_grey() -> None:
    grey = bumps(places(0, 0.4, 0.4))
    assert kind_of(grey.repeat(3, axis=3)) == ("organs", ())
    stained = np.concatenate([grey, 255 - grey, grey], axis=3)
    kind, notes = kind_of(stained)
    assert kind == "cells"
    assert "coloured" in notes[0]


def test_what_is_known_is_not_looked_at_and_few_images_tell_nothing() -> None:
    anywhere = bumps(places(0, 1))
    assert kind_of(anywhere, "chest") == ("chest", ())
    assert kind_of(anywhere[:63]) == ("organs", ())


@pytest.mark.parametrize("size", [28, 32, 64])
def test_the_grid_looked_at_does_not_tell_sides(size: int) -> None:
    assert kind_of(bumps(places(0, 1), size))[0] == "cells"


def test_digits_are_known_from_their_mirror_images() -> None:
    digits = load_digits().images[:400]
    assert told_apart(digits, digits[:, :, ::-1]) > 0.65
    assert told_apart(digits, digits) == 0.5


def test_every_kind_has_a_preset() -> None:
    found = {kind_of(bumps(places(*where)))[0] for where in ((0, 0.4, 0.4), (0, 1, 0.3), (0, 1))}
    assert found == {"organs", "mixed", "cells"} <= set(PRESETS)
