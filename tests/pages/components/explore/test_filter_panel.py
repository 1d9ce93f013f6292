import numpy as np
import pandas as pd
import pytest

from cae.columns.query import query_rows
from pages.components.explore.filter_panel import example


@pytest.mark.parametrize(
    "numbers",
    [
        [1.0] * 8,
        [0.9996] * 8,
        [-0.1236, -5e8] * 4,
        [0.0, np.nan] * 4,
        [1.2345678e7, 3e7] * 4,
        [np.inf] * 8,
        [np.nan] * 8,
    ],
)
def test_some_images_fulfil_the_example(numbers):
    table = pd.DataFrame(
        {"id": list("abcdefg1"), "probability": numbers, "label": [None, "x", "y", "z"] * 2}
    )
    for some in (table, table.drop(columns="label"), table[["id"]]):
        assert query_rows(some, example(some)).any()
    assert example(table).endswith('label == "x"') or numbers[0] != 1.0
