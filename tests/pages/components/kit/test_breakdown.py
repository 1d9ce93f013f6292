import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from pages.components.kit.breakdown import spread_text


def shown(column: str, rows: list[int]) -> str:
    """What is said of `rows` of a small table coloured by one of its columns."""

    def script(column, rows):
        import numpy as np
        import pandas as pd

        from cae.columns.colours import table_colours
        from pages.components.kit.breakdown import show_breakdown

        table = pd.DataFrame(
            {"site": list("aaab" * 250), "age": np.arange(1000) / 10, "same": ["x"] * 1000}
        )
        show_breakdown(table_colours(table, column), np.array(rows))

    app = AppTest.from_function(script, kwargs={"column": column, "rows": rows}).run()
    assert not app.exception
    return app.get("html")[0].proto.body


def test_categories_are_counted_beside_the_rest():
    body = shown("site", [0, 1, 3])
    assert "2 · 67 % (75 %)" in body
    assert "1 · 33 % (25 %)" in body
    assert "(" not in shown("same", list(range(1000)))


def test_a_scale_is_told_by_median_and_quartiles():
    body = shown("age", [0, 10, 20, 30, 40])
    assert "2 (1 to 3)" in body
    rest = np.delete(np.arange(1000) / 10, [0, 10, 20, 30, 40])
    middle = pd.Series(rest).median()
    assert f"{middle:.4g} (" in body


def test_missing_numbers_are_counted():
    assert spread_text(np.array([1.0, np.nan, 3.0], np.float32)) == "2 (1.5 to 2.5), 1 missing"
    assert spread_text(np.array([np.nan], np.float32)) == "1 missing"
