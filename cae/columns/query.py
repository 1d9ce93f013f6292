"""Images chosen by a query over the columns, such as ``age > 60 and label == "ill"``.

`cae.columns.expression` has the grammar. Nothing of a query is ever executed: it is read into
conditions, and each condition is one comparison of a column.
"""

import operator
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cae.columns.category import category_text
from cae.columns.days import days
from cae.columns.expression import (
    Both,
    Comparison,
    Condition,
    Containing,
    Either,
    Expression,
    Membership,
    Missing,
    Not,
    Range,
    Value,
    read_query,
    unknown_column,
)
from cae.columns.titles import CLUSTER
from cae.errors import CaeError

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FIRST_DAY = date(1970, 1, 1)
_WHOLE = re.compile(r"[+-]?\d+")


def query_rows(table: pd.DataFrame, text: str) -> np.ndarray:
    """Return which rows of a table fulfil a query.

    A comparison with a missing value does not hold, whatever the comparison; ``not`` turns that
    around. Texts are compared as they are written, ``contains`` overlooks case. Dates are
    compared as days, written as ``"2024-05-31"``. Numbers that a column holds as text, such as
    the label ``"3"``, may be written without quotes; where a column holds numbers, or true and
    false, these may be written with quotes after ==, != and in.

    Args:
        table: one row per image.
        text: the query.

    Returns:
        bool, (N,).

    Raises:
        CaeError: the query cannot be read, names a column that there is not, or compares a
            column with a value of another kind. The sentence says where it stopped.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"age": [70, 48, None], "label": ["ill", "well", "ill"]})
        >>> query_rows(table, 'age > 60 and label == "ill"').tolist()
        [True, False, False]
        >>> query_rows(table, "age is missing or age < 50").tolist()
        [False, True, True]
    """
    return rows_where(table, read_query(text, table.columns))


def rows_where(table: pd.DataFrame, expression: Expression) -> np.ndarray:
    """Return which rows of a table fulfil an expression, as `query_rows` does."""
    if isinstance(expression, Not):
        return ~rows_where(table, expression.part)
    if isinstance(expression, Both | Either):
        joint = np.logical_and if isinstance(expression, Both) else np.logical_or
        found: np.ndarray = joint.reduce([rows_where(table, part) for part in expression.parts])
        return found
    if expression.column not in table:
        raise unknown_column(expression.column, table.columns)
    return _fulfilling(table[expression.column], expression)


def _fulfilling(values: pd.Series, condition: Condition) -> np.ndarray:
    has_value = values.notna().to_numpy()
    if isinstance(condition, Missing):
        return has_value if condition.is_negated else ~has_value
    if isinstance(condition, Comparison):
        return _compared(condition, values, has_value)
    if isinstance(condition, Membership):
        found = _is_one_of(condition.column, values, condition.members)
    elif isinstance(condition, Range):
        found = _ordered(condition.column, values, has_value, ">=", condition.low)
        found &= _ordered(condition.column, values, has_value, "<=", condition.high)
    else:
        found = _contains(values, condition)
    return (~found if condition.is_negated else found) & has_value


def _compared(condition: Comparison, values: pd.Series, has_value: np.ndarray) -> np.ndarray:
    if condition.sign in _ORDERS:
        return _ordered(condition.column, values, has_value, condition.sign, condition.value)
    found = _is_one_of(condition.column, values, (condition.value,))
    fulfilling: np.ndarray = (found if condition.sign == "==" else ~found) & has_value
    return fulfilling


def _ordered(
    name: str, values: pd.Series, has_value: np.ndarray, sign: str, value: Value
) -> np.ndarray:
    """Return where a value stands before or behind another; nowhere where there is no value."""
    right: float
    if pd.api.types.is_datetime64_any_dtype(values):
        left, right = days(values), _day(name, value)
    elif pd.api.types.is_bool_dtype(values) or isinstance(value, bool):
        _truth(name, values, value)
        raise CaeError(f"The column {name} holds true or false, which have no order; use == or !=.")
    elif not pd.api.types.is_numeric_dtype(values):
        raise CaeError(
            f"The column {name} holds text, which has no order; use ==, !=, in or contains."
        )
    elif isinstance(value, str):
        raise _no_number(name, value)
    else:
        left, right = _numbers(values, [value]), value
    found = np.zeros(len(values), dtype=bool)
    found[has_value] = _ORDERS[sign](left[has_value], right)
    return found


def _is_one_of(name: str, values: pd.Series, wanted: Sequence[Value]) -> np.ndarray:
    """Return where a value is one of `wanted`; what it says of missing ones is undefined."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.isin(days(values), [_day(name, value) for value in wanted])
    if pd.api.types.is_bool_dtype(values) or any(isinstance(value, bool) for value in wanted):
        truths = [_truth(name, values, value) for value in wanted]
        return np.isin(values.to_numpy(dtype=bool, na_value=False), truths)
    if pd.api.types.is_numeric_dtype(values):
        numbers = [_number(name, value) for value in wanted]
        return np.isin(_numbers(values, numbers), numbers)
    texts = set(map(str, wanted))
    codes, present = pd.factorize(values)
    # The last place is that of a missing value, which pandas codes −1.
    # A number among texts is known both as it is and as filters write it.
    found = [not texts.isdisjoint((str(value), category_text(value))) for value in present]
    return np.array([*found, False])[codes]


def _numbers(values: pd.Series, wanted: Sequence[float]) -> np.ndarray:
    """Return numbers as they compare exactly with `wanted`: a float holds 53 bits of an id."""
    if pd.api.types.is_integer_dtype(values) and all(isinstance(one, int) for one in wanted):
        return values.to_numpy(dtype=np.int64, na_value=0)
    return values.to_numpy(dtype=float, na_value=np.nan)


def _truth(name: str, values: pd.Series, value: Value) -> bool:
    if not pd.api.types.is_bool_dtype(values):
        raise CaeError(
            f"The column {name} holds neither true nor false, which “{value}” cannot be compared "
            "with."
        )
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise CaeError(
            f"The column {name} holds true or false, which “{value}” cannot be compared with."
        )
    return value


def _number(name: str, value: Value) -> float:
    """Return a value as a number; whole ones stay whole, however long."""
    if isinstance(value, int):
        return value
    try:
        return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else float(value)
    except ValueError as error:
        raise _no_number(name, value) from error


def _no_number(name: str, value: Value) -> CaeError:
    if name == CLUSTER:
        return CaeError(
            f"There is no cluster called “{value}”; write its number, or its name as the legend "
            "says it."
        )
    return CaeError(f"The column {name} holds numbers, but “{value}” is a text.")


def _day(name: str, value: Value) -> int:
    """Return an ISO date as days since 1970-01-01."""
    if isinstance(value, str):
        with suppress(ValueError):
            return (date.fromisoformat(value) - _FIRST_DAY).days
    raise CaeError(
        f'The column {name} holds dates; write one like "2024-05-31" instead of “{value}”.'
    )


def _contains(values: pd.Series, condition: Containing) -> np.ndarray:
    found = values.astype(str).str.contains(str(condition.value), case=False, regex=False)
    return found.to_numpy(dtype=bool, na_value=False)
