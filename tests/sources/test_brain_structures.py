import numpy as np
import pytest

from cae.sources.brain import load_template
from cae.sources.brain_structures import cerebellum, ventricles


@pytest.fixture(scope="module")
def template():
    return load_template()


def at(template, mask, x, y, z):
    voxel = np.rint(np.linalg.inv(template.affine) @ (x, y, z, 1))[:3].astype(int)
    return bool(mask[tuple(voxel)])


def test_the_ventricles_are_fluid_in_the_middle_of_the_brain(template):
    mask = ventricles(template)
    assert 10_000 < mask.sum() < 30_000  # mm³
    assert not (mask & (template.white > 200)).any()
    assert at(template, mask, -9, -10, 22)
    assert at(template, mask, 9, -10, 22)
    assert not at(template, mask, 0, -75, 40)


def test_the_cerebellum_ends_at_the_tentorium_and_the_brain_stem(template):
    mask = cerebellum(template)
    # 2009a is larger than most brains, whose cerebellum has 110 to 150 ml.
    assert 130_000 < mask.sum() < 210_000
    for side in (-1, 1):
        assert at(template, mask, side * 25, -65, -38)
        assert at(template, mask, side * 12, -50, -20)
        assert not at(template, mask, side * 30, -85, 5)
        assert not at(template, mask, side * 28, -45, -8)
    assert not at(template, mask, 0, -28, -35)


def test_both_sides_are_alike(template):
    mask = cerebellum(template)
    mirrored = mask[:0:-1] if mask.shape[0] % 2 == 0 else mask[::-1]
    same = mask[1:] if mask.shape[0] % 2 == 0 else mask
    assert (same & mirrored).sum() / (same | mirrored).sum() > 0.95
