from cae.sources.table import base_table, text_column


def test_none_is_missing_in_a_text_column():
    column = text_column(["a", None])
    assert column.isna().tolist() == [False, True]
    assert column.dtype == "str"


def test_what_is_not_given_is_missing():
    table = base_table(["1", "2"], ["train", "test"], patients=["p", None])
    assert table.columns.tolist() == ["id", "split", "label", "patient"]
    assert table["label"].isna().all()
    assert table["patient"].isna().tolist() == [False, True]
