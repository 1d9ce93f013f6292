import numpy as np
import pytest
from PIL import Image

from cae.sources.masks import read_masks, separate_masks


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("benign/benign (1).png", "benign/benign (1)_mask.png"),
        ("benign/benign (1).png", "benign/benign (1)_mask_1.png"),
        ("a.jpg", "a_segmentation.png"),
        ("a.jpg", "mask_a.png"),
        ("a.jpg", "a-GT.tif"),
        ("images/a.png", "masks/a.png"),
        ("train/images/a.png", "train/masks/a_mask.png"),
        ("COVID/images/C-1.png", "COVID/masks/C-1.png"),
        ("train_images/a.png", "train_masks/a.png"),
        ("img/a.png", "Ground_Truth/a_gt.png"),
        ("imagesTr/a.png", "imagesTr/a_seg.png"),
    ],
)
def test_masks_are_told_by_name_and_image(image, mask):
    found = separate_masks([mask, image])
    assert (found.images, found.masks, found.problems) == ([image], {image: [mask]}, [])


@pytest.mark.parametrize(
    "files",
    [
        ["with_mask/1.png", "without_mask/1.png"],
        ["masks/1.png", "masks/2.png"],
        ["a_mask.png", "b.png"],
        ["train/a.png", "test/a.png"],
        ["x/seg_1.png", "y/1.png"],
    ],
)
def test_a_name_alone_makes_no_mask(files):
    found = separate_masks(files)
    assert (found.images, found.masks) == (files, {})


def test_masks_of_absent_images_are_left_out_and_said():
    files = ["images/a.png", "masks/a.png", "masks/z.png"]
    found = separate_masks(files)
    assert found.images == ["images/a.png"]
    assert found.problems == [("masks/z.png", "it is a mask of which there is no image")]


def test_masks_are_read_as_the_images_are_fitted(tmp_path):
    inside = np.zeros((30, 60), np.uint8)
    inside[:, :30] = 1
    other = np.zeros((30, 60), np.uint8)
    other[:15, 30:] = 255
    for name, pixels in (("a", inside + 7), ("m1", inside), ("m2", other), ("b", inside)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "small.png")
    masks = {"a.png": ["m1.png", "m2.png"], "b.png": ["small.png"]}
    found, problems = read_masks(tmp_path, ["a.png", "b.png"], masks, 60)
    expected = np.zeros((60, 60), np.uint8)
    expected[15:45, :30] = 255
    expected[15:30, 30:] = 255
    assert np.array_equal(found[0, ..., 0], expected)
    assert not found[1].any()
    assert problems[0][0] == "small.png"
    assert "measures 9×9" in problems[0][1]
