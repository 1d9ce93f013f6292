import pandas as pd

from cae.sources.label_column import find_label_column


def table(**columns):
    return pd.DataFrame(columns, dtype="str")


def test_labels_are_found_by_name_in_order_of_likelihood():
    assert find_label_column(table(Diagnosis=["a"], Label=["b"])) == "Label"
    assert find_label_column(table(x=["a"], Finding_Labels=["b"])) == "Finding_Labels"
    assert find_label_column(table(labelled=["a"])) is None
