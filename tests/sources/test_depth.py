import numpy as np
import pandas as pd
import pytest

from cae.errors import UnusableError
from cae.sources.depth import (
    Window,
    colour_window,
    full_window,
    window_columns,
    window_notes,
    windowed,
)


def test_values_between_black_and_white_are_spread_and_others_cut():
    values = np.array([-10, 0, 50, 100, 300], np.int16)
    assert windowed(values, Window(0, 100)).tolist() == [0, 0, 128, 255, 255]
    assert windowed(values, Window(0, 100).negative).tolist() == [255, 255, 128, 0, 0]


def test_what_is_not_finite_is_black_also_in_a_negative():
    values = np.array([np.nan, np.inf, 0, 1], np.float32)
    assert full_window(values) == (0, 1)
    assert windowed(values, Window(0, 1)).tolist() == [0, 0, 0, 255]
    assert windowed(values, Window(1, 0)).tolist() == [0, 0, 255, 0]
    with pytest.raises(UnusableError, match="no finite value"):
        full_window(np.array([np.nan]))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, np.int64, np.float64])
def test_every_type_is_spread_alike(dtype):
    values = np.array([3, 13, 23], dtype)
    assert windowed(values, full_window(values)).tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "window"),
    [
        (np.array([200, 255], np.uint16), (0, 255)),
        (np.array([200, 256], np.uint16), (0, 1023)),
        (np.array([200, 4095], np.uint16), (0, 4095)),
        (np.array([200, 9000], np.uint16), (0, 16383)),
        (np.array([200, 65535], np.uint16), (0, 65535)),
        (np.array([200, 70000], np.uint32), (0, 70000)),
        (np.array([0.2, 0.7]), (0, 1)),
        (np.array([0.2, 700]), (0.2, 700)),
        (np.array([-5, 5], np.int16), (-5, 5)),
    ],
)
def test_colours_keep_black_and_fill_their_bits(values, window):
    assert colour_window(values) == window


def test_windows_are_recorded_and_told():
    assert window_columns([None, None]) == {}
    assert window_notes({}) == []
    columns = window_columns([Window(5, 90), None, Window(9, 1)])
    table = pd.DataFrame(columns)
    assert table["black_value"].tolist()[::2] == [5, 9]
    assert table["white_value"].tolist()[::2] == [90, 1]
    assert table.loc[1].isna().all()
    assert window_notes(columns)[0].startswith("2 images were brought onto 8 bits")
    assert list(window_columns([Window(0, 1)], ["white_value"])) == [
        "black_value",
        "white_value (image)",
    ]
    renamed = window_columns([Window(0, 1)], ["white_value"])
    assert "black_value and white_value (image) say" in window_notes(renamed)[0]
