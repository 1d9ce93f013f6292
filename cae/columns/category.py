"""One category of a column: how it is written wherever it stands, and its place among others."""

from numbers import Integral, Real
from typing import Any

NO_VALUE = "missing"


def category_text(value: Any) -> str:
    """Return a value that is not missing as legends, filters, comparisons and exports write it.

    A whole number has no decimals, whether its column holds it as integer or as float.

    Example:
        >>> category_text(1.0), category_text(-2), category_text(0.5), category_text(True)
        ('1', '-2', '0.5', 'True')
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value))
    number = float(value)
    return str(int(number)) if number.is_integer() else str(value)


def sort_key(value: Any) -> tuple[int, float, str]:
    """Sort numbers by size, also those written as text, and texts after them by letters."""
    try:
        return 0, float(value), str(value)
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
