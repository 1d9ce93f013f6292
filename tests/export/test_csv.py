import csv
import io

import numpy as np
import pandas as pd
import pytest

from cae.export.csv import csv_pieces

TEXTS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "=", "-", "--", '=HYPERLINK("x","y")'),
    *("plain", "1-1", " =1", "'=1", "a,b", 'say "x"', "two\nlines", "ü≥µ", "", "a=b"),
]


def read(table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    lines = list(csv.reader(io.StringIO(b"".join(csv_pieces(table)).decode("utf-8"), newline="")))
    return lines[0], lines[1:]


@pytest.mark.parametrize("dtype", [object, "str", "category"])
def test_text_never_starts_a_formula(dtype):
    _, lines = read(pd.DataFrame({"a": pd.Series(TEXTS, dtype=dtype), "b": 1}))
    assert len(lines) == len(TEXTS)
    for text, (cell, _) in zip(TEXTS, lines, strict=True):
        assert cell[:1] not in tuple("=+-@\t\r\n")
        expected = "'" + text if text[:1] in tuple("=+-@\t\r\n") and text else text
        assert cell == expected


def test_headers_are_escaped_too():
    assert read(pd.DataFrame({"=a": [1], "b": [2]}))[0] == ["'=a", "b"]


def test_numbers_are_untouched_and_the_missing_is_empty():
    table = pd.DataFrame(
        {
            "int": [-1, 2],
            "float": [-0.1, np.nan],
            "float32": np.array([-0.3, 1e-7], dtype=np.float32),
            "nullable": pd.array([-5, None], dtype="Int64"),
            "bool": [True, False],
            "time": pd.to_datetime(["2020-01-02", None]),
            "text": [None, "x"],
        }
    )
    _, lines = read(table)
    assert lines[0] == ["-1", "-0.1", "-0.3", "-5", "True", "2020-01-02 00:00:00", ""]
    assert lines[1] == ["2", "", "1e-07", "", "False", "", "x"]


def test_no_rows_leave_the_header():
    assert read(pd.DataFrame({"a": pd.Series(dtype="str")})) == (["a"], [])


def test_pandas_reads_it_back():
    table = pd.DataFrame({"a": [1, 2], "b": ["x,y", 'q"'], "c": [0.1, 1 / 3]})
    back = pd.read_csv(io.BytesIO(b"".join(csv_pieces(table))))
    pd.testing.assert_frame_equal(back, table)
