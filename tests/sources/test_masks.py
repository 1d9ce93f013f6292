import numpy as np
import pytest
from PIL import Image

from cae.sources.masks import read_mask_file, read_masks, separate_masks
from cae.sources.picture import read_picture


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


def turned_image(path, pixels, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif)


@pytest.mark.parametrize(
    ("ending", "depth"),
    [("jpg", "u1"), ("png", "u1"), ("png", "u2"), ("tif", "u1"), ("tif", "u2")],
)
@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_of_the_image_as_stored_is_turned_with_it(tmp_path, ending, depth, orientation):
    stored = np.zeros((30, 60), np.uint8)
    stored[:10, :40] = 255
    turned_image(tmp_path / f"a.{ending}", stored.astype(depth), orientation)
    upright = read_picture(tmp_path / f"a.{ending}").pixels > 127
    assert upright.shape == (60, 30)
    Image.fromarray(stored).save(tmp_path / "stored.png")
    Image.fromarray(upright).save(tmp_path / "upright.png")
    turned_image(tmp_path / "both.png", stored, orientation)
    expected = np.zeros((60, 60), bool)
    expected[:, 15:45] = upright
    for mask in ("stored.png", "upright.png", "both.png"):
        masks = {f"a.{ending}": [mask]}
        found, problems = read_masks(tmp_path, [f"a.{ending}"], masks, 60)
        assert np.array_equal(found[0, ..., 0] > 127, expected)
        assert problems == []


@pytest.mark.parametrize(("shape", "orientation"), [((60, 60), 6), ((30, 60), 3), ((30, 60), 2)])
def test_a_mask_whose_size_does_not_tell_how_it_lies_is_told(tmp_path, shape, orientation):
    pixels = np.zeros(shape, np.uint8)
    pixels[:10, :40] = 255
    turned_image(tmp_path / "a.png", pixels, orientation)
    Image.fromarray(pixels).save(tmp_path / "m.png")
    found, problems = read_masks(tmp_path, ["a.png"], {"a.png": ["m.png"]}, 60)
    top = (60 - shape[0]) // 2
    assert np.array_equal(found[0, top : top + shape[0], :, 0], pixels)
    assert [file for file, _ in problems] == ["m.png"]
    assert "does not tell whether it is, too" in problems[0][1]
    turned_image(tmp_path / "m.png", pixels, orientation)
    assert read_masks(tmp_path, ["a.png"], {"a.png": ["m.png"]}, 60)[1] == []


def test_a_mask_that_lies_without_a_reason_is_left_out(tmp_path):
    Image.fromarray(np.zeros((30, 60), np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.full((60, 30), 255, np.uint8)).save(tmp_path / "m.png")
    found, problems = read_masks(tmp_path, ["a.png"], {"a.png": ["m.png"]}, 60)
    assert not found.any()
    reason = "its mask was left out: it measures 30×60 pixels and the image 60×30"
    assert problems == [("m.png", reason)]


def cells(count=36):
    """A label map of squares of 7 pixels, numbered from 1."""
    side = int(count**0.5)
    square = np.pad(np.ones((7, 7), int), ((2, 1), (2, 1)))
    return np.kron(np.arange(1, count + 1).reshape(side, side), square)


@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("count", [4, 36, 225])
def test_all_regions_of_a_label_map_lie_inside(tmp_path, ending, depth, count):
    numbers = cells(count)
    Image.fromarray(numbers.astype(depth)).save(tmp_path / f"m.{ending}")
    assert np.array_equal(read_mask_file(tmp_path / f"m.{ending}"), 255 * (numbers > 0))


def test_many_regions_of_deep_label_maps_lie_inside(tmp_path):
    numbers = cells(900) * 70
    Image.fromarray(numbers.astype(np.uint16)).save(tmp_path / "m.png")
    assert np.array_equal(read_mask_file(tmp_path / "m.png"), 255 * (numbers > 0))


@pytest.mark.parametrize("scale", [1, 257])
def test_soft_edges_stay_soft(tmp_path, scale):
    far = np.hypot(*np.meshgrid(np.arange(-30, 30), np.arange(-30, 30)))
    disc = np.clip(255 * (20 - far) / 8, 0, 255).astype(np.uint16)
    box = np.clip(255 * (20 - np.maximum(*np.abs(np.mgrid[-30:30, -30:30]))) / 19, 0, 255)
    for shades in (disc, box.astype(np.uint16)):
        kind = np.uint8 if scale == 1 else np.uint16
        Image.fromarray((shades * scale).astype(kind)).save(tmp_path / "m.png")
        assert np.array_equal(read_mask_file(tmp_path / "m.png"), shades)


@pytest.mark.parametrize(("side", "spread"), [(256, 40), (512, 100)])
@pytest.mark.parametrize("levels", [255, 30])
def test_gentle_slopes_stay_soft(tmp_path, side, spread, levels):
    y, x = np.mgrid[:side, :side] - side / 2
    hill = np.exp(-(x**2 + y**2) / (2 * spread**2))
    shades = (np.rint(hill * levels) * (255 // levels)).astype(np.uint8)
    Image.fromarray(shades).save(tmp_path / "m.png")
    assert np.array_equal(read_mask_file(tmp_path / "m.png"), shades)


def test_probabilities_and_values_without_0(tmp_path):
    likely = np.linspace(0, 0.6, 400, dtype=np.float32).reshape(20, 20)
    Image.fromarray(likely).save(tmp_path / "p.tif")
    assert np.array_equal(read_mask_file(tmp_path / "p.tif") > 127, likely >= 0.5)
    two = np.where(np.eye(20) > 0, 40_000, 1_000).astype(np.uint16)
    Image.fromarray(two).save(tmp_path / "two.png")
    assert np.array_equal(read_mask_file(tmp_path / "two.png"), 255 * np.eye(20))
    Image.fromarray(np.full((4, 4), 65_535, np.uint16)).save(tmp_path / "all.png")
    assert (read_mask_file(tmp_path / "all.png") == 255).all()
