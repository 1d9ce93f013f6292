import numpy as np
import pytest
from PIL import Image

from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.local.shapes import load_shapes
from cae.study.steps import known_of
from cae.study.study import Study
from tests.conftest import digits_imageset


@pytest.fixture
def masked_study(tmp_path):
    digits = digits_imageset(30)
    masks = np.zeros((30, 28, 28, 2), np.uint8)
    masks[:, 4:9, 4:9, 1] = 255
    masks[0, ..., 1] = 0
    imageset = ImageSet(digits.images, digits.table, "digits", masks=masks, mask_names=("a", "b"))
    return Study.create(tmp_path / "study", imageset, source="digits")


def test_masks_of_the_study_are_those_of_its_training_images(masked_study):
    shapes = load_shapes("b", known_of(masked_study), 28)
    assert shapes.shape == (len(masked_study.rows("train")) - 1, 28, 28)
    assert (shapes[0] == masked_study.masks[1][..., 1]).all()


def test_pictures_of_a_folder_are_fitted_to_the_images(masked_study, tmp_path):
    folder = tmp_path / "examples"
    folder.mkdir()
    mask = np.zeros((56, 56), np.uint8)
    mask[10:30, 10:30] = 255
    Image.fromarray(mask).save(folder / "one.png")
    Image.fromarray(np.stack([mask] * 3, axis=2)).save(folder / "two.png")
    (folder / "notes.txt").write_text("no picture")
    shapes = load_shapes(str(folder), known_of(masked_study), 28)
    assert shapes.shape == (2, 28, 28)
    np.testing.assert_array_equal(shapes[0], shapes[1])
    assert shapes[0].mean() == pytest.approx(mask.mean(), rel=0.1)


def test_a_picture_that_cannot_be_read_is_named(masked_study, tmp_path):
    (tmp_path / "cut.png").write_bytes(b"\x89PNG")
    with pytest.raises(CaeError, match=r"The example mask .*cut\.png cannot be used: it is dam"):
        load_shapes(str(tmp_path), known_of(masked_study), 28)


@pytest.mark.parametrize("shape", ["nothing", "a"])
def test_a_missing_or_empty_shape_is_refused(masked_study, shape):
    with pytest.raises(CaeError, match="There is no"):
        load_shapes(shape, known_of(masked_study), 28)
