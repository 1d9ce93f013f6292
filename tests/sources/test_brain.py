import hashlib
import subprocess
import sys

import numpy as np
import pytest

from cae.errors import CaeError
from cae.sources.brain import PATCH, PLANES, BrainSource, load_template


@pytest.fixture(scope="module")
def template():
    return load_template()


@pytest.fixture(scope="module")
def brain():
    return BrainSource().load()


def region(row, affine):
    """The voxels of a patch, worked out from its row alone."""
    voxel = np.linalg.inv(affine) @ [row.x_mm, row.y_mm, row.z_mm, 1]
    extent = np.array([PATCH] * 3)
    extent[{"sagittal": 0, "coronal": 1, "axial": 2}[row.plane]] = 1
    first = np.rint(voxel[:3] - (extent - 1) / 2).astype(int)
    return tuple(slice(f, f + e) for f, e in zip(first, extent, strict=True))


def test_thousands_of_patches_in_three_planes(brain):
    assert len(brain) >= 4000
    assert brain.images.shape[1:] == (64, 64, 1)
    counts = brain.table.groupby(["split", "plane"]).size().unstack()
    assert set(counts.columns) == set(PLANES)
    assert (counts.loc["train"] > 500).all()
    assert (counts.loc[["val", "test"]] > 100).all().all()
    assert brain.table[["label", "patient"]].isna().all().all()
    assert brain.kind == "brain"


def test_no_voxel_is_in_two_splits(brain, template):
    painted = {
        split: np.zeros(template.intensity.shape, bool) for split in ("train", "val", "test")
    }
    for row in brain.table.itertuples():
        painted[row.split][region(row, template.affine)] = True
    assert all(volume.any() for volume in painted.values())
    assert sum(volume.astype(int) for volume in painted.values()).max() == 1


def test_images_and_masks_are_the_voxels_at_the_place_the_table_names(brain, template):
    for row in brain.table.sample(200, random_state=0).itertuples():
        at = region(row, template.affine)
        for picture, volume in (
            (brain.images[row.Index, ..., 0], template.intensity),
            (brain.masks[row.Index, ..., 0], template.grey),
            (brain.masks[row.Index, ..., 1], template.white),
        ):
            assert np.array_equal(np.rot90(volume[at].squeeze(), 1)[:, ::-1], picture)


def test_the_template_is_what_nilearn_loads(template):
    from nilearn.datasets import (
        load_mni152_gm_template,
        load_mni152_template,
        load_mni152_wm_template,
    )

    t1 = load_mni152_template(resolution=1)
    assert np.array_equal(template.affine, t1.affine)
    inside = template.intensity > 0
    for voxels, image in (
        (template.intensity, t1),
        (template.grey, load_mni152_gm_template(resolution=1)),
        (template.white, load_mni152_wm_template(resolution=1)),
    ):
        expected = np.rint(image.get_fdata() * 255)
        assert np.array_equal(voxels[inside], expected[inside])


def test_left_and_right_agree_with_the_coordinates(brain):
    left = brain.table["hemisphere"] == "left"
    assert (brain.table["x_mm"][left] < 0).all()
    assert (brain.table["x_mm"][~left] > 0).all()
    assert 0.4 < left.mean() < 0.6
    assert brain.table["block"].str.startswith("left").equals(left)


def test_fractions_agree_with_images_and_masks(brain):
    table = brain.table
    grey, white = (brain.masks[..., i].astype(float).mean(axis=(1, 2)) / 255 for i in (0, 1))
    assert np.allclose(table["grey_fraction"], grey)
    assert np.allclose(table["white_fraction"], white)
    assert np.allclose(table["background_fraction"], (brain.images == 0).mean(axis=(1, 2, 3)))
    fractions = table[["grey_fraction", "white_fraction", "background_fraction"]]
    assert ((fractions >= 0) & (fractions <= 1)).all().all()
    assert (fractions.sum(axis=1) <= 1 + 1e-9).all()
    assert table["background_fraction"].max() <= 0.85


def test_every_block_held_out_has_its_mirror_twin_in_training(brain):
    split = brain.table.drop_duplicates("block").set_index("block")["split"]
    assert split.value_counts().to_dict() == {"train": 8, "val": 2, "test": 2}
    for block in split.index[split != "train"]:
        side, rest = block.split("-", 1)
        assert split[("right-" if side == "left" else "left-") + rest] == "train"


def test_no_picture_held_out_is_one_of_training_even_mirrored(brain):
    def digest(picture):
        return hashlib.sha256(np.ascontiguousarray(picture)).digest()

    rows = brain.table["split"].to_numpy()
    training = {digest(picture) for picture in brain.images[rows == "train"]}
    for picture in brain.images[rows != "train"]:
        assert digest(picture) not in training
        assert digest(picture[:, ::-1]) not in training


def test_the_test_split_shows_and_lacks_cerebellum_and_ventricle(brain, template):
    fluid = (template.intensity > 0) & (template.grey < 64) & (template.white < 64)
    ventricle = np.zeros(fluid.shape, bool)
    ventricle[75:122, 90:165, 78:105] = fluid[75:122, 90:165, 78:105]
    cerebellum = np.zeros(fluid.shape, bool)
    cerebellum[50:147, 44:84, 15:50] = template.intensity[50:147, 44:84, 15:50] > 0
    test = brain.table[brain.table["split"] == "test"]
    for structure in (ventricle, cerebellum):
        pixels = np.array(
            [structure[region(row, template.affine)].sum() for row in test.itertuples()]
        )
        assert (pixels > 50).sum() > 40
        assert (pixels == 0).sum() > 50


def test_superior_and_anterior_are_up_and_the_right_side_is_on_the_left(brain):
    def brightest_side(plane, block, axis):
        rows = (brain.table["plane"] == plane) & (brain.table["block"] == block)
        profile = brain.images[rows.to_numpy(), ..., 0].mean(axis=0).mean(axis=1 - axis)
        return "first" if profile[:32].sum() > profile[32:].sum() else "last"

    # Towards the middle of the head there is more brain than towards its outside.
    assert brightest_side("axial", "left-anterior-superior", 0) == "last"
    assert brightest_side("coronal", "left-posterior-superior", 0) == "last"
    assert brightest_side("sagittal", "left-anterior-inferior", 0) == "first"
    assert brightest_side("axial", "left-anterior-superior", 1) == "first"
    assert brightest_side("axial", "right-anterior-superior", 1) == "last"
    assert brightest_side("sagittal", "right-anterior-superior", 1) == "last"


def test_it_is_the_same_every_time_and_tells_its_progress(brain):
    seen = []
    again = BrainSource().load(lambda done, total, message="": seen.append((done, total)))
    assert np.array_equal(again.images, brain.images)
    assert np.array_equal(again.masks, brain.masks)
    assert again.table.equals(brain.table)
    assert len(seen) > 10
    assert seen[-1] == (len(brain), len(brain))


def test_loading_spares_the_slow_import_of_nilearn():
    code = (
        "import sys; from cae.sources.brain import load_template; load_template();"
        "sys.exit('nilearn.datasets' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_nothing_may_follow_its_name():
    with pytest.raises(CaeError, match="takes nothing after it"):
        BrainSource.from_argument("64")
