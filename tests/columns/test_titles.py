import pytest

from cae.columns.titles import percent_text


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
