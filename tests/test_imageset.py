import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.imageset import ImageSet, no_problems


def table(count=10, **columns):
    base = {
        "id": [f"i{n}" for n in range(count)],
        "split": ["train"] * count,
        "label": [None] * count,
        "patient": [None] * count,
    }
    return pd.DataFrame({**base, **columns})


def numbered(count=10, masks=False, **columns):
    """Every pixel of image n has the value n, and of its mask n + 100."""
    images = np.broadcast_to(
        np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 4, 4, 1)
    )
    return ImageSet(
        images,
        table(count, **columns),
        "numbers",
        masks=images + 100 if masks else None,
        mask_names=("mask",) if masks else (),
    )


def test_length_and_defaults():
    imageset = numbered(7)
    assert len(imageset) == 7
    assert imageset.identifying == ("patient",)
    assert imageset.problems.equals(no_problems())


@pytest.mark.parametrize(
    ("images", "sentence"),
    [
        (np.zeros((2, 4, 4, 1)), "8-bit"),
        (np.zeros((2, 4, 4), np.uint8), "8-bit"),
        (np.zeros((2, 4, 4, 2), np.uint8), "8-bit"),
        (np.zeros((0, 4, 4, 1), np.uint8), "is empty"),
    ],
)
def test_images_that_do_not_fit_are_refused(images, sentence):
    with pytest.raises(CaeError, match=sentence):
        ImageSet(images, table(len(images)), "set")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.drop(columns="patient"), "lacks the column 'patient'"),
        (lambda t: t.iloc[:9], "9 rows for 10 images"),
        (lambda t: t.set_index(t.index + 1), "must agree"),
        (lambda t: t.iloc[::-1], "must agree"),
        (lambda t: t.assign(id="same"), "unique"),
        (lambda t: t.assign(id=[None, *t["id"][1:]]), "unique"),
        (lambda t: t.assign(ages=[[1, 2]] * 10), "'ages' holds lists"),
        (lambda t: t.assign(split="spare"), "Unknown split 'spare'"),
        (lambda t: t.assign(split=[None, *t["split"][1:]]), "Unknown split"),
    ],
)
def test_tables_that_do_not_fit_are_refused(change, sentence):
    with pytest.raises(CaeError, match=sentence):
        ImageSet(np.zeros((10, 4, 4, 1), np.uint8), change(table()), "set")


@pytest.mark.parametrize(
    ("masks", "names"),
    [
        (np.zeros((10, 4, 4, 1), np.uint8), ()),
        (np.zeros((10, 4, 4, 1), bool), ("a",)),
        (np.zeros((9, 4, 4, 1), np.uint8), ("a",)),
        (np.zeros((10, 8, 8, 1), np.uint8), ("a",)),
    ],
)
def test_masks_must_fit_images_and_names(masks, names):
    with pytest.raises(CaeError, match="masks must be uint8"):
        ImageSet(np.zeros((10, 4, 4, 1), np.uint8), table(), "set", masks=masks, mask_names=names)


@pytest.mark.parametrize("rows", [[3, 1, 8], [9], [5, 4]])
def test_take_keeps_every_row_together(rows):
    taken = numbered(masks=True).take(np.array(rows))
    assert taken.images[:, 0, 0, 0].tolist() == rows
    assert taken.masks[:, 0, 0, 0].tolist() == [row + 100 for row in rows]
    assert taken.table["id"].tolist() == [f"i{row}" for row in rows]
    assert taken.table.index.tolist() == list(range(len(rows)))


@pytest.mark.parametrize("count", [1, 7, 50, 99])
def test_a_limit_keeps_order_rows_and_shares(count):
    splits = ["train"] * 70 + ["val"] * 10 + ["test"] * 20
    limited = numbered(100, masks=True, split=splits).limit(count)
    rows = limited.images[:, 0, 0, 0].tolist()
    assert len(limited) == count
    assert rows == sorted(set(rows))
    assert limited.table["id"].tolist() == [f"i{row}" for row in rows]
    assert limited.masks[:, 0, 0, 0].tolist() == [row + 100 for row in rows]
    counts = limited.table["split"].value_counts()
    for split, share in (("train", 0.7), ("val", 0.1), ("test", 0.2)):
        assert abs(counts.get(split, 0) - share * count) <= 1


def test_a_limit_draws_by_its_seed():
    ids = [tuple(numbered(100).limit(10, seed).table["id"]) for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]


def test_a_limit_that_changes_nothing_or_takes_all_away():
    imageset = numbered()
    assert imageset.limit(10) is imageset
    assert imageset.limit(11) is imageset
    for count in (0, -1):
        with pytest.raises(CaeError, match="at least one image"):
            imageset.limit(count)
