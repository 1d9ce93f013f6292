import numpy as np
import pytest

from cae.decoding.decoded_path import decode_path, walk_direction
from cae.decoding.morph import STEPS, walk_morph
from cae.errors import CaeError
from cae.export.path import file_stem, path_overview
from cae.export.synthetic import SYNTHETIC, film_strip
from cae.latent.direction import Direction


@pytest.fixture
def direction(digits_study):
    vector = np.asarray(digits_study.latents[5] - digits_study.latents[6]) / 4
    return Direction("odd", vector, {"kind": "difference"})


def test_each_image_is_a_row_that_is_its_own_way_along_the_direction(digits_study, direction):
    path = walk_morph(digits_study, [9, 40, 3], direction, 3.0)
    rows = path.latents.reshape(3, STEPS, -1)
    assert path.facts["columns"] == STEPS
    for row, found in zip([9, 40, 3], rows, strict=True):
        alone = walk_direction(digits_study, row, direction, 3.0)
        assert found == pytest.approx(alone.latents[::2], abs=1e-5)
        assert np.array_equal(found[STEPS // 2], digits_study.latents[row])
    assert path.captions[STEPS // 2] == "A itself"
    assert path.captions[STEPS] == "B, −3.0 σ"
    assert path.anchors == (9, 40, 3)


def test_it_leaves_as_a_grid_with_its_direction_in_the_name(digits_study, direction):
    path = decode_path(digits_study, walk_morph(digits_study, [9, 40], direction))
    overview = path_overview(digits_study, path)
    line = film_strip(path.images[:STEPS], [SYNTHETIC] * STEPS)
    assert overview.shape[1] == line.shape[1]
    assert 2 * line.shape[0] <= overview.shape[0] < 3 * line.shape[0]
    assert file_stem(digits_study, path) == "synthetic-morph-odd-digit-0009-digit-0040"


def test_what_cannot_be_changed_together_is_a_sentence(digits_study, direction):
    for rows in ([], [3, 3], list(range(9))):
        with pytest.raises(CaeError, match="1 to 8 images"):
            walk_morph(digits_study, rows, direction)
    with pytest.raises(CaeError, match="find it again"):
        walk_morph(digits_study, [3], Direction("other", np.ones(3, np.float32)))
