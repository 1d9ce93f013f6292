"""Folder names from what people type."""

import pytest

from cae.home import folder_name, free_name


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Chest X-rays", "Chest X-rays"),
        ("  many   blanks ", "many blanks"),
        ("../../etc/passwd", "etc passwd"),
        ("a/b\\c:d", "a b c d"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("Lunge (März)", "Lunge (März)"),
        ("e\u0301", "é"),
        ("肺", "肺"),
        ("\0\n\t", ""),
        ("...", ""),
        ("x" * 200, "x" * 60),
    ],
)
def test_folder_name(typed: str, expected: str) -> None:
    assert folder_name(typed) == expected


def test_free_name_counts_up() -> None:
    taken = {"scans", "scans 2"}
    assert free_name("scans", taken.__contains__) == "scans 3"
    assert free_name("other", taken.__contains__) == "other"
