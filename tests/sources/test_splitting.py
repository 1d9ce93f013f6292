import numpy as np
import pandas as pd
import pytest

from cae.sources.choices import Choices
from cae.sources.splitting import drawn_notes, fill_splits, lacking_notes, leaking_patients


def column(values):
    return pd.Series(list(values), dtype="str")


def drawn(groups):
    return fill_splits(column([None] * len(groups)), column(groups))


def test_single_images_are_divided_70_10_20():
    counts = drawn([f"{n:06d}" for n in range(1000)]).value_counts()
    assert counts.to_dict() == {"train": 700, "val": 100, "test": 200}


@pytest.mark.parametrize("count", [3, 4, 5, 10])
def test_three_groups_are_enough_for_three_splits(count):
    assert set(drawn([f"g{n}" for n in range(count)])) == {"train", "val", "test"}


def test_no_group_is_torn_apart_and_shares_are_near():
    random = np.random.default_rng(0)
    groups = column([f"p{n}" for n in random.integers(0, 60, 2000)])
    splits = drawn(groups)
    assert leaking_patients(splits, groups) == {}
    assert len(set(splits)) == 3
    shares = splits.value_counts(normalize=True)
    assert abs(shares["train"] - 0.7) < 0.05
    assert abs(shares["test"] - 0.2) < 0.05


def test_the_order_of_rows_does_not_matter():
    groups = column([f"p{n % 13}" for n in range(100)])
    backwards = drawn(groups[::-1].to_list())[::-1].to_list()
    assert drawn(groups).to_list() == backwards


def test_given_splits_stay_and_the_rest_of_a_patient_joins():
    given = column(["test", None, None, "val"])
    splits = fill_splits(given, column(["a", "a", "b", "c"]))
    assert splits.tolist() == ["test", "test", "train", "val"]


def test_what_announces_a_drawn_split_counts_nothing_that_could_change():
    none, some, words = column([None] * 2), column(["train", None]), Choices(split="none")
    assert drawn_notes(none) == ["No split is given, so one was drawn."]
    assert drawn_notes(none, words) == ["A split was drawn."]
    assert drawn_notes(some) == ["A split was drawn for the images without one."]
    assert drawn_notes(column(["train", "trainval"])) == drawn_notes(some)
    assert drawn_notes(column(["trainval"])) == drawn_notes(some)
    assert drawn_notes(column(["train", "val"])) == []


def test_patients_in_several_splits_are_found():
    splits = column(["train", "test", "train", "val", "val"])
    patients = column(["a", "a", "b", None, None])
    assert leaking_patients(splits, patients) == {"a": ["test", "train"]}
    assert leaking_patients(splits, column([None] * 5)) == {}


def test_splits_that_no_image_is_in_are_told() -> None:
    whole = pd.Series(["train"] * 10 + ["val", "test"])
    assert lacking_notes(whole) == []
    (told,) = lacking_notes(whole[:10])
    assert told.startswith("No image is in val or test, so that training cannot stop by itself and")
    assert "--split none" in told
    assert lacking_notes(whole[:3]) == []
