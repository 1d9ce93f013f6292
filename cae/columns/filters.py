"""Filters by column and by a query: which images are in scope.

A filter is JSON-able, so that it fits into the address and into a cohort's provenance:
``{"values": [...]}`` keeps some categories, ``{"low": a, "high": b}`` a closed range of numbers or
of ISO dates, ``{"contains": "..."}`` what holds a text, and ``"missing": true`` keeps images
without a value as well. A query is kept beside them under `QUERY`, as ``{"expression": "..."}``.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from cae.columns.facets import DATES, NUMBERS, days, kind_of
from cae.columns.query import query_rows
from cae.columns.titles import CLUSTER, column_title
from cae.errors import CaeError

Filter = dict[str, Any]
# No column has this name by accident; one that has it can still be filtered.
QUERY = "(query)"


def fitting(table: pd.DataFrame, filters: dict[str, Any]) -> dict[str, Filter]:
    """Return those of `filters`, which anyone may have written into an address, that make sense."""
    return {
        column: chosen
        for column, chosen in filters.items()
        if isinstance(chosen, dict)
        and (
            _is_sound_query(table, chosen["expression"])
            if _is_query(column, chosen)
            else column in table and _fits(table[column], chosen)
        )
    }


def in_scope(table: pd.DataFrame, filters: dict[str, Filter]) -> np.ndarray:
    """Return which rows (bool, N) pass every filter; filters of unknown columns do nothing."""
    passes = np.ones(len(table), dtype=bool)
    for column, chosen in filters.items():
        passes &= passing(table, column, chosen)
    return passes


def passing(table: pd.DataFrame, column: str, chosen: Filter) -> np.ndarray:
    """Return which rows (bool, N) pass one filter; all where `table` lacks its column."""
    if _is_query(column, chosen):
        return query_rows(table, chosen["expression"])
    if column not in table:
        return np.ones(len(table), dtype=bool)
    values = table[column]
    missing = values.isna().to_numpy()
    if "values" in chosen:
        passes = _is_one_of(values, chosen["values"])
    elif "contains" in chosen:
        found = values.astype(str).str.contains(chosen["contains"], case=False, regex=False)
        passes = found.to_numpy(dtype=bool, na_value=False) & ~missing
    elif pd.api.types.is_datetime64_any_dtype(values):
        passes = _between(days(values), *map(_day, (chosen["low"], chosen["high"]))) & ~missing
    elif pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        passes = _between(numbers, chosen.get("low", -np.inf), chosen.get("high", np.inf))
    else:
        passes = ~missing
    return passes | (missing & bool(chosen.get("missing", False)))


def describe(column: str, chosen: Filter, names: Mapping[int, str] = MappingProxyType({})) -> str:
    """Return one filter in words; `names` are those given to clusters."""
    if _is_query(column, chosen):
        return chosen["expression"]
    title = column_title(column)
    missing = " or missing" if chosen.get("missing") else ""
    if "values" in chosen:
        kept = [category_title(column, str(value), names) for value in chosen["values"]]
        kept += ["missing"] if chosen.get("missing") else []
        return f"{title}: {', '.join(kept) or 'nothing'}"
    if "contains" in chosen:
        return f"{title} contains “{chosen['contains']}”{missing}"
    low, high = (_end(chosen[end]) for end in ("low", "high"))
    return f"{title}: {low} to {high}{missing}"


def category_title(column: str, name: str, names: Mapping[int, str]) -> str:
    """Return a category as the screen says it; `names` are those given to clusters."""
    if column != CLUSTER:
        return name
    return names.get(int(name), "unclustered" if name == "-1" else name)


def _is_query(column: str, chosen: Filter) -> bool:
    return column == QUERY and "expression" in chosen


def _is_sound_query(table: pd.DataFrame, expression: object) -> bool:
    try:
        query_rows(table.iloc[:0], expression)
    except (CaeError, TypeError):
        return False
    return True


def _end(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}".replace(",", "")


def _fits(values: pd.Series, chosen: Filter) -> bool:
    if "contains" in chosen:
        return isinstance(chosen["contains"], str)
    if "values" in chosen:
        return isinstance(chosen["values"], list) and kind_of(values) not in (NUMBERS, DATES)
    ends = (chosen.get("low"), chosen.get("high"))
    if kind_of(values) == DATES:
        return all(map(_is_day, ends))
    if kind_of(values) != NUMBERS:
        return False
    return all(type(end) in (int, float) and np.isfinite(end) for end in ends)


def _is_one_of(values: pd.Series, names: list[Any]) -> np.ndarray:
    """Return where the text of a value is one of `names`, looking at each value once."""
    wanted = set(map(str, names))
    codes, present = pd.factorize(values)
    # The last place is that of a missing value, which pandas codes −1.
    return np.array([str(value) in wanted for value in present] + [False])[codes]


def _between(numbers: np.ndarray, low: float, high: float) -> np.ndarray:
    return (numbers >= low) & (numbers <= high)


def _is_day(text: object) -> bool:
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return True


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days
