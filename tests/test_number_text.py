import math

import pytest

from cae.number_text import counted, deviations_text, number_text, percent_text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0, 0, "0 %"),
        (1, 0, "100 %"),
        (0.5, 0, "50 %"),
        (2342 / 2353, 0, ">99 %"),
        (11 / 2353, 0, "<1 %"),
        (0.006, 0, "1 %"),
        (0.994, 0, "99 %"),
        (2342 / 2353, 1, "99.5 %"),
        (1e-6, 1, "<0.1 %"),
        (1 - 1e-6, 1, ">99.9 %"),
    ],
)
def test_only_nothing_is_none_and_only_all_is_all(share, digits, text):
    assert percent_text(share, digits) == text


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-22.714, ".2f", "−22.71"),
        (-0.004, ".2f", "0.00"),
        (-0.0, ".4g", "0"),
        (-1.5e-7, ".3g", "−1.5e−07"),
        (0.04, "+.1f", "0.0"),
        (2.0, "+.1f", "+2.0"),
        (-3, "d", "−3"),
        (-math.inf, ".4g", "−inf"),
        (math.nan, ".4g", "nan"),
    ],
)
def test_a_minus_sign_is_one_and_nothing_has_none(value, form, text):
    assert number_text(value, form) == text


def test_a_share_below_nothing_has_a_minus_sign():
    assert percent_text(-0.123, 1) == "−12.3 %"


def test_deviations_tell_up_and_down():
    told = [deviations_text(value) for value in (-2.0, -0.04, 0.04, 1.25)]
    assert told == ["−2.0 σ", "0.0 σ", "0.0 σ", "+1.2 σ"]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (12_500, "12,500 images")]
)
def test_only_one_has_no_s(count, text):
    assert counted(count, "image") == text
