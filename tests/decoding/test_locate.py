import numpy as np
import pytest

from cae.decoding.locate import locate
from cae.errors import CaeError


def test_the_point_is_found_again_in_its_own_image(local_study):
    landmarks = locate(local_study, 7, 12, 9, np.array([7, 8]))
    assert (landmarks.template, landmarks.x, landmarks.y) == (7, 12, 9)
    assert landmarks.rows.tolist() == [7, 8]
    found = landmarks.found
    assert found.similarity[0] == pytest.approx(1, abs=1e-5)
    embeddings = local_study.local_model.pixels(local_study.images[7:9]).embeddings
    x, y = found.xy[1]
    assert found.similarity[1] == pytest.approx(
        float((embeddings[0, 9, 12] * embeddings[1, y, x]).sum()), abs=1e-5
    )


def test_chunks_do_not_matter(local_study, monkeypatch):
    whole = locate(local_study, 0, 3, 4, np.arange(10))
    monkeypatch.setattr("cae.decoding.locate._IMAGES_AT_ONCE", 3)
    told = []
    parts = locate(local_study, 0, 3, 4, np.arange(10), lambda *done: told.append(done[0]))
    np.testing.assert_array_equal(parts.found.xy, whole.found.xy)
    assert told == [3, 6, 9, 10]


@pytest.mark.parametrize("point", [(-1, 0), (28, 0), (0, 28)])
def test_a_point_outside_is_refused(local_study, point):
    with pytest.raises(CaeError, match="outside the images"):
        locate(local_study, 0, *point, np.arange(2))


def test_a_study_without_a_local_model_says_how_to_train_one(digits_study):
    with pytest.raises(CaeError, match="cae train .* --method local"):
        locate(digits_study, 0, 0, 0, np.arange(2))
