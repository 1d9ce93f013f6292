import numpy as np
import pytest

from cae.errors import CaeError
from cae.latent.decoded_path import KINDS, decode_path, walk
from cae.latent.path import linear_path, spherical_path


@pytest.mark.parametrize(
    ("kind", "way"), [("straight", linear_path), ("spherical", spherical_path)]
)
def test_every_step_is_decoded_placed_and_compared(digits_study, kind, way):
    path = decode_path(digits_study, walk(digits_study, [3, 200], 5, kind))
    latents = np.asarray(digits_study.latents)
    assert np.array_equal(path.latents, way(latents[[3, 200]], 5))
    assert np.array_equal(path.images, digits_study.model.decode(path.latents))
    unit = latents / np.linalg.norm(latents, axis=1, keepdims=True)
    steps = path.latents / np.linalg.norm(path.latents, axis=1, keepdims=True)
    distances = 1 - steps @ unit.T
    assert np.array_equal(path.nearest_rows, distances.argmin(axis=1))
    assert path.nearest_distances == pytest.approx(distances.min(axis=1), abs=1e-5)
    assert path.nearest_rows[[0, -1]].tolist() == [3, 200]
    assert path.places[[0, -1]] == pytest.approx(digits_study.projection[[3, 200]], abs=1e-3)
    assert (path.anchors, path.kind, len(path)) == ((3, 200), kind, 5)


def test_an_anchor_may_be_its_own_goal(digits_study):
    path = decode_path(digits_study, walk(digits_study, [7, 7], 3))
    assert (path.nearest_rows == 7).all()
    assert (path.images == path.images[0]).all()


@pytest.mark.parametrize(
    ("anchors", "steps", "kind", "sentence"),
    [
        ([0, 360], 9, "straight", "no image in row 360"),
        ([-1, 3], 9, "straight", "no image in row -1"),
        ([0], 9, "straight", "two anchors"),
        ([0, 1], 2, "straight", "3–25"),
        ([0, 1], 26, "straight", "3–25"),
        ([0, 1], 9, "winding", "choose one of straight, spherical"),
    ],
)
def test_what_cannot_be_walked_is_a_sentence(digits_study, anchors, steps, kind, sentence):
    with pytest.raises(CaeError, match=sentence):
        walk(digits_study, anchors, steps, kind)


def test_kinds_explain_themselves_in_one_sentence():
    for kind in KINDS.values():
        assert kind.title
        assert kind.sentence.endswith(".")
        assert kind.sentence.count(".") == 1
