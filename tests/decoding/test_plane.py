import numpy as np
import pytest

from cae.decoding.plane import decode_plane, plane_latents
from cae.errors import CaeError
from cae.latent.direction import Direction, principal_directions
from cae.latent.space import LatentSpace
from cae.study.study import Study


@pytest.fixture
def directions(digits_study):
    first, second = principal_directions(np.asarray(digits_study.latents), 2)
    return first, second


def test_the_image_is_in_the_middle_and_each_place_so_many_deviations_away(
    digits_study, directions
):
    latents = plane_latents(digits_study, 7, directions, 5, 2.0).reshape(5, 5, -1)
    start = np.asarray(digits_study.latents[7])
    assert np.array_equal(latents[2, 2], start)
    assert latents[0, 4] == pytest.approx(
        start + 2 * directions[0].vector - 2 * directions[1].vector, abs=1e-4
    )
    assert latents[3, 2] == pytest.approx(start + directions[1].vector, abs=1e-4)


def test_places_stay_in_the_space_of_latents(digits_study, directions, monkeypatch):
    space = LatentSpace(4)
    monkeypatch.setattr(Study, "latent_space", space)
    latents = plane_latents(digits_study, 7, directions, 3, 2.0)
    outer = np.delete(latents, 4, axis=0)
    assert np.linalg.norm(outer[:, :4], axis=1) == pytest.approx(1, abs=1e-5)


def test_every_place_is_decoded_and_compared(digits_study, directions):
    plane = decode_plane(digits_study, 7, directions, 5, 3.0)
    latents = plane_latents(digits_study, 7, directions, 5, 3.0)
    assert plane.step == 1.5
    assert np.abs(plane.images.astype(int) - digits_study.model.decode(latents)).max() <= 1
    assert plane.nearest_rows[12] == 7
    assert plane.nearest_distances[12] == pytest.approx(0, abs=1e-5)
    assert np.array_equal(plane.off_data, digits_study.support.is_far(latents))
    assert not plane.off_data[12]


def test_what_makes_no_plane_is_a_sentence(digits_study, directions):
    with pytest.raises(CaeError, match="has no middle"):
        plane_latents(digits_study, 7, directions, 4, 2.0)
    with pytest.raises(CaeError, match="no image in row 999"):
        plane_latents(digits_study, 999, directions, 5, 2.0)
    other = Direction("other", np.ones(3, np.float32))
    with pytest.raises(CaeError, match="'other' has 3 numbers"):
        plane_latents(digits_study, 7, (directions[0], other), 5, 2.0)
