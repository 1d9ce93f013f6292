import numpy as np
import pytest

from cae.sources.labels import label_columns


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_numbers_become_class_names(shape):
    columns = label_columns(np.array([1, 0, 7]).reshape(shape), ("cat", "dog"))
    assert columns["label"].tolist() == ["dog", "cat", "7"]


def test_whole_floats_are_classes_and_nan_is_missing():
    column = label_columns(np.array([0.0, np.nan, 1.0]), ("a", "b"))["label"]
    assert column.isna().tolist() == [False, True, False]
    assert column[2] == "b"


def test_fractions_become_a_numeric_column():
    columns = label_columns(np.array([0.5, np.nan]), ())
    assert list(columns) == ["value"]
    assert columns["value"][0] == 0.5


@pytest.mark.parametrize("dtype", ["U3", "S3"])
def test_text_labels_stay_and_empty_ones_are_missing(dtype):
    column = label_columns(np.array(["cat", ""], dtype), ())["label"]
    assert column[0] == "cat"
    assert column.isna()[1]


def test_negative_numbers_do_not_count_from_the_end():
    assert label_columns(np.array([-1, 0]), ("a", "b"))["label"].tolist() == ["-1", "a"]


@pytest.mark.parametrize("kind", [int, np.uint8, bool, np.float32])
def test_one_hot_rows_are_one_class_each(kind):
    assert label_columns(np.eye(3, dtype=kind), "abc")["label"].tolist() == ["a", "b", "c"]


def test_several_labels_give_one_boolean_column_each():
    columns = label_columns(np.array([[0, 1], [1, 1], [0, 0]]), ("mass", "label"))
    assert list(columns) == ["mass", "label_1"]
    assert columns["mass"].tolist() == [False, True, False]
    assert columns["mass"].dtype == bool


def test_counts_stay_numbers():
    columns = label_columns(np.array([[0, 2], [1, 1]]), ())
    assert columns["label_1"].tolist() == [2, 1]
