import time

import pytest

from cae.errors import CaeError
from cae.sources.text_table import column_names


def test_names_are_unique_and_none_is_empty():
    given = ["x", "", "x", "x_2", "x", " x "]
    assert column_names(given) == ["x", "column_2", "x_2", "x_2_2", "x_3", "x_4"]


def test_thousands_of_equal_names_take_no_time():
    started = time.process_time()
    names = column_names(["x"] * 5_000)
    assert len(set(names)) == 5_000
    assert time.process_time() - started < 0.5


def test_more_columns_than_an_image_set_has_are_refused():
    with pytest.raises(CaeError, match="20,000 columns, but 5,000 is the limit"):
        column_names(["x"] * 20_000)
