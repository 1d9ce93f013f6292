import numpy as np
import pandas as pd
import pytest

from cae.cohorts import table_one
from cae.columns.category import NO_VALUE, category_text, sort_key
from cae.columns.colours import table_colours
from cae.columns.facets import facet_of
from cae.columns.filters import chosen_query, describe, in_scope
from cae.export.folds import fold_facts, texts_of

COLUMNS = {
    "float": (pd.Series([2.0, 1.0, np.nan, 1.0, 2.0, 1.0]), ["1", "2"]),
    "nullable": (pd.Series([2, 1, None, 1, 2, 1], dtype="Int64"), ["1", "2"]),
    "single": (pd.Series([2, 1, None, 1, 2, 1], dtype="float32"), ["1", "2"]),
    "bool": (pd.Series([True, False, None, False, True, False], dtype="boolean"), None),
    "text": (pd.Series(["10", "9", None, "9", "10", "9"]), ["9", "10"]),
    "decimals": (pd.Series(["1.0", "1", None, "1", "1.0", "1"]), ["1", "1.0"]),
    "mixed": (pd.Series([1.0, "x", None, "x", 1.0, "x"], dtype=object), ["1", "x"]),
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (np.float32(3), "3"),
        (-0.0, "0"),
        (np.float32(0.1), "0.1"),
        (-2, "-2"),
        (np.int64(2**60 + 1), str(2**60 + 1)),
        (float("inf"), "inf"),
        (True, "True"),
        (np.False_, "False"),
        ("1.0", "1.0"),
        (pd.Timestamp("2024-05-31"), "2024-05-31 00:00:00"),
    ],
)
def test_a_whole_number_has_no_decimals_and_all_else_stays(value, text):
    assert category_text(value) == text


def test_numbers_come_before_texts():
    assert sorted(["x", "10", 9.5, "a", "-3"], key=sort_key) == ["-3", 9.5, "10", "a", "x"]


@pytest.mark.parametrize("name", COLUMNS)
def test_bars_legend_comparison_and_export_write_a_category_alike(name):
    values, expected = COLUMNS[name]
    expected = expected or ["False", "True"]
    table = pd.DataFrame({"group": list("aaabbb"), name: values})
    facet = facet_of(values)
    assert list(facet.lows) == expected
    assert facet.codes[2] == len(expected)
    legend = [level.name for level in table_colours(table, name).levels]
    assert set(legend) == {*expected, NO_VALUE}
    compared = table_one(table.rename(columns={"group": "label"}), ["label:a", "label:b"]).table
    told = compared[compared["variable"].replace("", None).ffill() == name.capitalize()]
    assert told["value"].tolist() == [*expected, NO_VALUE]
    exported = fold_facts(np.zeros(len(values), np.int64), texts_of(values))["by_label"]
    assert set(exported) == {*expected, NO_VALUE}


@pytest.mark.parametrize("name", COLUMNS)
def test_what_a_bar_or_legend_stands_for_filters_its_images(name):
    values, _ = COLUMNS[name]
    table, facet, colours = (
        values.to_frame(name),
        facet_of(values),
        table_colours(values.to_frame(name), name),
    )
    for place, low in enumerate(facet.lows):
        query = chosen_query(name, {"values": [low]})
        rows = np.flatnonzero(in_scope(table, [query]))
        assert rows.tolist() == np.flatnonzero(facet.codes == place).tolist()
        level = [level.value for level in colours.levels].index(low)
        assert rows.tolist() == colours.rows(level).tolist()
        assert describe(query, table=table) == f"{name.capitalize()}: {low}"
