import pandas as pd
import pytest

from cae.sources.split_words import find_split_column, split_word


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
