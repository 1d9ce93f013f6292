import pandas as pd
import pytest

from cae.sources.label_column import (
    find_label_column,
    find_one_hot,
    folder_labels,
    one_hot_labels,
)


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


def test_labels_are_found_by_name_in_order_of_likelihood():
    assert find_label_column(table(Diagnosis=["a"], Label=["b"])) == "Label"
    assert find_label_column(table(x=["a"], Finding_Labels=["b"])) == "Finding_Labels"
    assert find_label_column(table(labelled=["a"])) is None


def test_a_coordinate_or_free_text_is_no_label():
    assert find_label_column(table(x=["1", "2", "1"], y=["0", "1", "1"])) is None
    assert find_label_column(table(y=[str(n * 256 + 7) for n in range(40)])) is None
    assert find_label_column(table(y=["0", "1", "1", "0"])) == "y"
    report = "the lung is clear and the heart is of normal size in patient number {}"
    assert find_label_column(table(findings=[report.format(n) for n in range(9)])) is None
    assert find_label_column(table(target=[f"{n}.25" for n in range(50)])) is None
    assert find_label_column(table(group=[f"g{n}" for n in range(40)])) is None


def test_a_worse_column_is_taken_where_the_better_holds_no_classes():
    texts = [f"a long text about what was seen in number {n}" for n in range(9)]
    cells = table(diagnosis=texts, dx=list("abcabcabc"))
    assert find_label_column(cells) == "dx"


def test_one_hot_columns_are_one_label():
    cells = table(
        age=["60", "70", "80", "90"],
        MEL=["1.0", "0.0", "0.0", None],
        NV=["0.0", "1.0", "0.0", None],
        BCC=["0.0", "0.0", "1.0", None],
        UNK=["0.0", "0.0", "0.0", None],
        smoker=["1", "0", "1", "0"],
    )
    columns = find_one_hot(cells)
    assert columns == ("MEL", "NV", "BCC", "UNK")
    labels = one_hot_labels(cells, columns)
    assert labels.tolist()[:3] == ["MEL", "NV", "BCC"]
    assert labels.isna().tolist()[3]


def test_several_findings_or_a_sex_are_no_one_hot_label():
    assert find_one_hot(table(a=["1", "0"], b=["1", "1"], c=["0", "1"])) == ()
    assert find_one_hot(table(male=["1", "0"], female=["0", "1"])) == ()
    assert find_one_hot(table(empty=["0", "0"], one=["1", "1"])) == ()


@pytest.mark.parametrize(
    ("files", "patients", "labels"),
    [
        (["COVID/images/1.png", "Normal/images/1.png"], None, ["COVID", "Normal"]),
        (["images/1.png", "data/2.png"], None, [None, None]),
        (["8863/0/a.png", "8863/1/b.png"], ["8863", "8863"], ["0", "1"]),
        (["P1/a.png", "P2/b.png"], ["P1", "P2"], [None, None]),
        (["training_set/benign/a.png", "test_set/malignant/b.png"], None, ["benign", "malignant"]),
    ],
)
def test_the_class_is_the_folder_that_says_one(files, patients, labels):
    assert folder_labels(files, patients or [None] * len(files)) == labels
