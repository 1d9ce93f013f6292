import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cae.json_value import json_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.float64("nan"), None),
        (float("-inf"), None),
        (np.int64(2**60), 2**60),
        (np.True_, True),
        (np.str_("a"), "a"),
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (pd.Timestamp("2024-05-31"), "2024-05-31 00:00:00"),
        (np.datetime64("2024-05-31"), "2024-05-31"),
        (Path("a/b"), "a/b"),
        ({1: [np.nan, (np.arange(3.0),)]}, {"1": [None, [[0.0, 1.0, 2.0]]]}),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (pd.DataFrame({"a": [1.5, None]}).to_dict("records"), [{"a": 1.5}, {"a": None}]),
    ],
)
def test_everything_becomes_what_json_knows(value, expected):
    found = json_value(value)
    assert found == expected
    assert type(found) is type(expected)
    assert json.loads(json.dumps(found, allow_nan=False)) == expected
