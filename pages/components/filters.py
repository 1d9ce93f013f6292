"""Filters by column: which images are in scope, and the controls to say so.

A filter is JSON-able, so that it fits into the address and into a cohort's provenance:
``{"values": [...]}`` keeps some categories, ``{"low": a, "high": b}`` a closed range, and
``"missing": true`` keeps images without a value as well.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.colours import is_scale
from pages.components.study_view import column_title

Filter = dict[str, Any]


def fitting(table: pd.DataFrame, filters: dict[str, Any]) -> dict[str, Filter]:
    """Return those of `filters`, which anyone may have written into an address, that make sense."""
    return {
        column: chosen
        for column, chosen in filters.items()
        if column in table and isinstance(chosen, dict) and _fits(table[column], chosen)
    }


def in_scope(table: pd.DataFrame, filters: dict[str, Filter]) -> np.ndarray:
    """Return which rows (bool, N) pass every filter; filters of unknown columns do nothing."""
    passes = np.ones(len(table), dtype=bool)
    for column, chosen in filters.items():
        if column in table:
            passes &= _passes(table[column], chosen)
    return passes


def describe(column: str, chosen: Filter) -> str:
    """Return one filter in words."""
    title = column_title(column)
    if "values" in chosen:
        kept = list(map(str, chosen["values"])) + (["missing"] if chosen.get("missing") else [])
        return f"{title}: {', '.join(kept) or 'nothing'}"
    missing = " or missing" if chosen.get("missing") else ""
    return f"{title}: {chosen['low']:g} to {chosen['high']:g}{missing}"


def filter_controls(
    table: pd.DataFrame, columns: Collection[str], filters: dict[str, Filter]
) -> dict[str, Filter]:
    """Show a control for every one of `columns` that is filtered or chosen to be.

    Returns the filters, `filters` as changed by the controls.
    """
    shown = st.multiselect(
        "Filter by",
        columns,
        default=[column for column in filters if column in columns],
        format_func=column_title,
        placeholder="Choose columns",
        key="filter columns",
    )
    found = {}
    for column in shown:
        control = _range_control if is_scale(table[column]) else _category_control
        chosen = control(column, table[column], filters.get(column))
        if chosen is not None:
            found[column] = chosen
    return found


def _fits(values: pd.Series, chosen: Filter) -> bool:
    if not is_scale(values):
        return isinstance(chosen.get("values"), list)
    ends = (chosen.get("low"), chosen.get("high"))
    return all(type(end) in (int, float) and np.isfinite(end) for end in ends)


def _passes(values: pd.Series, chosen: Filter) -> np.ndarray:
    missing = values.isna().to_numpy()
    if "values" in chosen:
        passes = values.astype(str).isin(list(map(str, chosen["values"]))).to_numpy() & ~missing
    elif pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        passes = (numbers >= chosen.get("low", -np.inf)) & (numbers <= chosen.get("high", np.inf))
    else:
        passes = ~missing
    return passes | (missing & bool(chosen.get("missing", False)))


def _category_control(column: str, values: pd.Series, former: Filter | None) -> Filter | None:
    names = [str(value) for value in sorted(values.dropna().unique(), key=_order)]
    with_missing = values.isna().any()
    options = [*names, _MISSING] if with_missing else names
    default = options if former is None else [name for name in former["values"] if name in names]
    if former is not None and with_missing and former.get("missing"):
        default = [*default, _MISSING]
    kept = st.multiselect(column_title(column), options, default=default, key=f"filter {column}")
    if set(kept) == set(options):
        return None
    chosen: Filter = {"values": [name for name in kept if name != _MISSING]}
    return chosen | ({"missing": True} if _MISSING in kept else {})


def _range_control(column: str, values: pd.Series, former: Filter | None) -> Filter | None:
    numbers = values.dropna()
    low, high = float(numbers.min()), float(numbers.max())
    start = (low, high)
    if former is not None and "low" in former:
        start = tuple(np.clip(sorted((former["low"], former["high"])), low, high).tolist())
    kept = st.slider(
        column_title(column), low, high, start, key=f"filter {column}", format="compact"
    )
    missing = True
    if values.isna().any():
        missing = st.checkbox(
            f"Keep images without {column_title(column)}",
            value=True if former is None else bool(former.get("missing")),
            key=f"filter {column} missing",
        )
    if kept == (low, high) and missing:
        return None
    return {"low": kept[0], "high": kept[1]} | ({"missing": True} if missing else {})


_MISSING = "(missing)"


def _order(value: object) -> tuple[int, float, str]:
    try:
        return 0, float(value), ""
    except (TypeError, ValueError):
        return 1, 0.0, str(value)
