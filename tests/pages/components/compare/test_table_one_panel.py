import re

import pandas as pd

from cae.cohorts import table_one
from pages.components.compare.table_one_panel import table_one_html


def test_every_cell_of_the_table_is_shown(digits_study):
    table = table_one(digits_study, ["label:1", "label:2", "rest"]).table
    shown = table_one_html(table)
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        for row in re.findall(r"<tr>(.*?)</tr>", shown)
    ]
    assert rows[0] == list(table.columns)
    expected = table.map(lambda cell: cell.replace("&", "&amp;").replace("<", "&lt;"))
    assert rows[1:] == expected.to_numpy().tolist()
    assert shown.count('scope="col"') == len(table.columns)


def test_names_cannot_break_the_page():
    table = pd.DataFrame([["<i>a</i>", "x", "<b>"]], columns=["variable", "value", "<script>"])
    shown = table_one_html(table)
    assert not re.search("<(i|b|script)>", shown)
