from pages.components.kit.left_out_table import left_out_table


def test_names_cannot_break_the_page():
    told = left_out_table({"<b>note</b>": "has 90 different <u>texts</u>"})
    assert "<b>" not in told
    assert "<u>" not in told
    assert "has 90 different" in told
