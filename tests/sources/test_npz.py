from types import SimpleNamespace

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources import room
from cae.sources.fitting import fit_square
from cae.sources.npz import NpzSource


@pytest.fixture
def random():
    return np.random.default_rng(0)


def saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return NpzSource(path)


def images_of(random, *shape):
    return random.integers(0, 256, shape, np.uint8)


def test_images_labels_and_splits_arrive_in_order(tmp_path, random):
    parts = {split: images_of(random, n, 28, 28) for split, n in [("train", 5), ("test", 3)]}
    source = saved(
        tmp_path / "my_set.npz",
        test_images=parts["test"],
        test_labels=np.array([[0], [1], [0]]),
        train_images=parts["train"],
        train_labels=np.array([[1], [1], [0], [0], [1]]),
    )
    imageset = source.load()
    assert np.array_equal(imageset.images[..., 0], np.concatenate([parts["train"], parts["test"]]))
    assert imageset.table["split"].tolist() == ["train"] * 5 + ["test"] * 3
    assert imageset.table["label"].tolist() == list("11001010")
    assert imageset.table["id"][5] == "test-000000"
    assert imageset.table["patient"].isna().all()
    assert imageset.name == "my_set"


def test_large_files_are_read_in_several_blocks(tmp_path, random):
    images = images_of(random, 1500, 64, 64, 3)
    seen = []
    imageset = saved(tmp_path / "a.npz", train_images=images).load(
        lambda done, total, message="": seen.append((done, total))
    )
    assert np.array_equal(imageset.images, images)
    assert len(seen) > 1
    assert seen[-1] == (1500, 1500)


def test_other_sizes_are_fitted_without_distortion(tmp_path, random):
    images = images_of(random, 3, 40, 50, 3)
    imageset = saved(tmp_path / "a.npz", val_images=images).load()
    assert imageset.images.shape == (3, 64, 64, 3)
    assert np.array_equal(imageset.images[1], fit_square(images[1], 64))


def test_class_names_from_the_file_win_over_the_file_name(tmp_path, random):
    arrays = {"train_images": images_of(random, 2, 28, 28), "train_labels": np.array([0, 1])}
    known = saved(tmp_path / "pneumoniamnist_28.npz", **arrays).load()
    assert known.table["label"].tolist() == ["normal", "pneumonia"]
    assert known.kind == "chest"
    own = saved(tmp_path / "pneumoniamnist.npz", **arrays, class_names=np.array(["x", "y"])).load()
    assert own.table["label"].tolist() == ["x", "y"]


def test_several_labels_per_image(tmp_path, random):
    labels = np.zeros((4, 14), np.uint8)
    labels[1, [0, 2]] = 1
    imageset = saved(
        tmp_path / "chestmnist.npz", train_images=images_of(random, 4, 28, 28), train_labels=labels
    ).load()
    assert imageset.table["label"].isna().all()
    assert imageset.table["effusion"].tolist() == [False, True, False, False]
    assert imageset.table["hernia"].dtype == bool


def test_splits_without_labels_have_missing_ones(tmp_path, random):
    imageset = saved(
        tmp_path / "a.npz",
        train_images=images_of(random, 2, 28, 28),
        test_images=images_of(random, 2, 28, 28),
        test_labels=np.array([3, 4]),
    ).load()
    assert imageset.table["label"].isna().tolist() == [True, True, False, False]
    assert imageset.table["label"][3] == "4"


def test_an_empty_split_counts_as_missing(tmp_path, random):
    imageset = saved(
        tmp_path / "a.npz",
        train_images=images_of(random, 2, 28, 28),
        val_images=np.empty((0, 28, 28), np.uint8),
    ).load()
    assert len(imageset) == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0.0, 0.5, 1.0]), [0, 128, 255]),
        (np.array([False, True, True]), [0, 255, 255]),
        (np.array([0, 100, 255], np.int64), [0, 100, 255]),
        (np.array([1000, 2000, 3000], np.uint16), [0, 128, 255]),
        (np.array([-1.0, 0.0, 1.0]), [0, 128, 255]),
        (np.array([900, 900, 900], np.uint16), [0, 0, 0]),
    ],
)
def test_values_that_are_not_8_bit_are_scaled_over_the_whole_file(tmp_path, values, expected):
    images = np.broadcast_to(values[:, None, None], (3, 28, 28))
    imageset = saved(tmp_path / "a.npz", train_images=images[:2], test_images=images[2:]).load()
    assert imageset.images[:, 5, 5, 0].tolist() == expected


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"pictures": np.zeros((2, 28, 28), np.uint8)}, "holds pictures; it needs train_images"),
        ({}, "no .npz file|holds nothing"),
        ({"train_images": np.zeros((0, 28, 28), np.uint8)}, "holds no image"),
        ({"train_images": np.zeros((2, 28, 28, 28), np.uint8)}, "volumes are not supported"),
        ({"train_images": np.zeros((2, 3, 28, 28), np.uint8)}, "channels last"),
        ({"train_images": np.zeros((28, 28), np.uint8)}, "N×H×W"),
        ({"train_images": np.full((2, 28, 28), "a")}, "8-bit numbers"),
        ({"train_images": np.full((2, 28, 28), np.nan)}, "NaN"),
        ({"train_images": np.zeros((2, 1, 1), np.uint8)}, "shows nothing"),
        (
            {
                "train_images": np.zeros((2, 28, 28), np.uint8),
                "val_images": np.zeros((2, 32, 32), np.uint8),
            },
            "differ in size",
        ),
        (
            {"train_images": np.zeros((2, 28, 28), np.uint8), "train_labels": np.zeros(3)},
            "2 train_images but train_labels of shape 3",
        ),
        (
            {"train_images": np.zeros((2, 28, 28), np.uint8), "train_labels": np.zeros((2, 0))},
            "one row of labels",
        ),
        (
            {
                "train_images": np.zeros((2, 28, 28), np.uint8),
                "test_images": np.zeros((2, 28, 28), np.uint8),
                "train_labels": np.zeros((2, 2)),
                "test_labels": np.zeros((2, 3)),
            },
            "differ in their number of labels",
        ),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(tmp_path, arrays, sentence):
    with pytest.raises(CaeError, match=sentence) as caught:
        saved(tmp_path / "a.npz", **arrays).load()
    assert str(caught.value).endswith(".")


def test_a_file_that_the_disk_has_no_room_for_is_refused(tmp_path, monkeypatch):
    source = saved(tmp_path / "a.npz", train_images=np.zeros((2000, 64, 64), np.uint8))
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**6))
    with pytest.raises(CaeError, match="of disk"):
        source.load()


def test_the_spec_names_the_file():
    assert NpzSource.from_argument("/a/b.npz").spec == "npz:/a/b.npz"
    with pytest.raises(CaeError, match="npz:FILE"):
        NpzSource.from_argument("")


def test_masks_follow_their_images(tmp_path, random):
    images = {split: images_of(random, n, 28, 28) for split, n in [("train", 4), ("test", 3)]}
    masks = (images["train"] > 200).astype(np.uint8)
    arrays = {f"{split}_images": array for split, array in images.items()}
    imageset = saved(tmp_path / "a.npz", **arrays, train_masks=masks).load()
    assert imageset.mask_names == ("mask",)
    assert np.array_equal(imageset.masks[:4, ..., 0], masks * 255)
    assert not imageset.masks[4:].any()

    drawn = saved(tmp_path / "b.npz", **arrays, train_masks=masks).load(limit=4, seed=1)
    is_train = (drawn.table["split"] == "train").to_numpy()
    assert np.array_equal(drawn.masks[is_train] > 0, drawn.images[is_train] > 200)
    assert not drawn.masks[~is_train].any()


def test_several_masks_have_names_and_the_size_of_the_images(tmp_path, random):
    masks = np.zeros((2, 40, 50, 2), bool)
    masks[0, :20, :, 1] = True
    arrays = {"val_images": images_of(random, 2, 40, 50), "val_masks": masks}
    unnamed = saved(tmp_path / "a.npz", **arrays).load()
    assert unnamed.masks.shape == (2, 64, 64, 2)
    assert unnamed.mask_names == ("mask 1", "mask 2")
    assert unnamed.masks[0, 20, 32].tolist() == [0, 255]
    named = saved(tmp_path / "b.npz", **arrays, mask_names=np.array(["cyst", "duct"])).load()
    assert named.mask_names == ("cyst", "duct")


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ({"train_masks": np.zeros((3, 28, 27))}, "needs a mask of its size"),
        ({"train_masks": np.zeros((2, 28, 28))}, "needs a mask of its size"),
        ({"train_masks": np.zeros((3, 28, 28, 65))}, "1 to 64"),
        ({"train_masks": np.zeros((3, 28, 28, 2)), "mask_names": np.array(["a"])}, "2 masks"),
    ],
)
def test_masks_that_do_not_fit_get_a_sentence(tmp_path, random, masks, words):
    with pytest.raises(CaeError, match=words):
        saved(tmp_path / "a.npz", train_images=images_of(random, 3, 28, 28), **masks).load()
