import pandas as pd
import pytest

from cae.errors import CaeError
from cae.sources.split_words import (
    chosen_splits,
    find_flag_columns,
    find_fold_column,
    find_split_column,
    flag_splits,
    fold_splits,
    folder_splits,
    split_word,
)


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


@pytest.mark.parametrize("name", ["Split", "SUBSET", "set", "Partition"])
def test_split_columns_need_the_name_and_the_words(name):
    assert find_split_column(table(**{name: ["Train", "test", "odd"]})) == name
    assert find_split_column(table(**{name: ["a", "b", "test"]})) is None
    assert find_split_column(table(**{name: [None, None]})) is None


@pytest.mark.parametrize(
    ("word", "split"),
    [("TRAIN", "train"), (" valid ", "val"), ("dev", "val"), ("Testing", "test"), ("x", None)],
)
def test_split_words(word, split):
    assert split_word(word) == split


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("training_set", "train"),
        ("train_images", "train"),
        ("TrainData", "train"),
        ("stage_2_test_images", "test"),
        ("Hold-out", "test"),
        ("validate", "val"),
        ("Entraînement", "train"),
        ("Validación", "val"),
        ("Validierung", "val"),
        ("prueba", "test"),
        ("teste", "test"),
        ("训练", "train"),
        ("テスト", "test"),
        ("학습", "train"),
        ("trainval", "trainval"),
        ("train_val_list", "trainval"),
        ("blood_test", None),
        ("train_test", None),
        ("invalid", None),
        ("TR", None),
    ],
)
def test_splits_are_known_by_words_and_what_stands_beside_them(word, split):
    assert split_word(word) == split


@pytest.mark.parametrize("name", ["Dataset_type", "dataset_split", "Set Id", "whatever"])
def test_a_column_that_only_holds_words_for_splits_is_one(name):
    assert find_split_column(table(x=["1", "2"], **{name: ["TRAIN", "TEST"]})) == name


@pytest.mark.parametrize(
    ("files", "splits"),
    [
        (["training_set/a.png", "test_set/b.png"], ["train", "test"]),
        (["ISIC_Task3_Training_Input/a.png", "ISIC_Task3_Test_Input/b.png"], ["train", "test"]),
        (["stage_1_train_images/a.png", "stage_1_test_images/b.png"], ["train", "test"]),
        (["train/test_tube/a.png", "val/x/b.png"], ["train", "val"]),
        (["test/a.png", "control/b.png"], [None, None]),
        (["valid/a.png", "invalid/b.png"], [None, None]),
        (["MR/a.png", "TR/b.png"], [None, None]),
    ],
)
def test_folders_of_splits(files, splits):
    assert folder_splits(files) == splits


def test_flags_say_one_split_each():
    cells = table(is_train=["1", "0", "1"], age=["1", "2", "3"])
    assert find_flag_columns(cells) == {"is_train": "train"}
    assert flag_splits(cells, {"is_train": "train"}).tolist() == ["train", "test", "train"]
    cells = table(train=["1", "0", "0"], val=["0", "1", "0"], test=["0", "0", "1"])
    flags = find_flag_columns(cells)
    assert flag_splits(cells, flags).tolist() == ["train", "val", "test"]


def test_a_test_that_patients_had_is_no_split():
    assert find_flag_columns(table(test=["1", "0"], valid=["yes", "no"])) == {}


def test_folds_stay_whole():
    cells = table(fold=["0", "1", "2", "3", "4", None], age=["1", "2", "3", "4", "5", "6"])
    assert find_fold_column(cells) == "fold"
    splits = fold_splits(cells["fold"])
    assert splits.tolist()[:5] == ["train", "train", "train", "val", "test"]
    assert splits.isna().tolist()[5]
    assert fold_splits(table(f=["fold 1", "fold 2"])["f"]).tolist() == ["train", "test"]
    assert find_fold_column(table(fold=["left", "right"])) is None


@pytest.mark.parametrize(
    ("name", "values", "splits", "kind"),
    [
        ("part", ["Training set", "x", None, "holdout"], ["train", None, None, "test"], "words"),
        ("is_train", ["1", "0", None], ["train", "test", None], "flags"),
        ("test", ["yes", "no"], ["test", "train"], "flags"),
        ("group", ["0", "1", "2", "3"], ["train", "train", "val", "test"], "folds"),
        ("group", ["fold 1", "fold 2"], ["train", "test"], "folds"),
    ],
)
def test_a_chosen_column_gives_splits_by_words_flags_or_folds(name, values, splits, kind):
    found, how = chosen_splits(pd.Series(values, dtype="str", name=name))
    assert ([None if pd.isna(one) else one for one in found], how) == (splits, kind)


@pytest.mark.parametrize("values", [["a", "b"], [None, None], ["0.5", "0.7"], ["1", "1"]])
def test_a_chosen_column_without_splits_is_refused(values):
    with pytest.raises(CaeError, match="The column 'grade' has no words for train, val and test"):
        chosen_splits(pd.Series(values, dtype="str", name="grade"))
