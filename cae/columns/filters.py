"""Filters of single columns as queries: what a panel keeps of a column, and what it says in words.

A panel knows a filter as a choice, as JSON holds it: ``{"values": [...]}`` keeps some categories,
``{"low": a, "high": b}`` a closed range of numbers or of ISO dates, ``{"contains": "..."}`` what
holds a text, and ``"missing": true`` keeps images without a value as well. Everything else knows
it as a query, such as ``age between 20 and 40 or age is missing``.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeGuard

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from cae.columns.category import NO_VALUE, category_text
from cae.columns.cohort_column import cohort_of
from cae.columns.expression import (
    Both,
    Comparison,
    Condition,
    Containing,
    Either,
    Expression,
    Membership,
    Missing,
    Range,
    Value,
    columns_in,
    read_query,
    with_conditions,
    write_query,
)
from cae.columns.query import query_rows
from cae.columns.titles import (
    CLUSTER,
    IN_COHORT,
    OUTSIDE,
    cluster_number,
    column_title,
    default_name,
)
from cae.errors import CaeError
from cae.number_text import number_text, with_minus

Choice = dict[str, Any]
_TYPED = "(query)"


def chosen_query(column: str, choice: object) -> str | None:
    """Return the query that a choice, which anyone may have written, is; None where it is none."""
    if not isinstance(choice, dict):
        return None
    kept = _kept(column, choice)
    if kept is None:
        return None
    if choice.get("missing"):
        missing = Missing(column)
        kept = missing if kept == Membership(column, ()) else Either((kept, missing))
    return write_query(kept)


def choice_of(query: str, table: pd.DataFrame) -> Choice:
    """Return the choice that a filter of `table` is; empty where a panel cannot show it.

    Categories are called as `category_text` calls those of the table: 1.0 among numbers is 1.
    """
    parts = _parts(query)
    if parts is None:
        return {}
    kept, with_missing = parts
    if isinstance(kept, Membership):
        choice: Choice = {"values": [_called(value, kept.column, table) for value in kept.members]}
    elif isinstance(kept, Range):
        choice = {"low": kept.low, "high": kept.high}
    else:
        choice = {"contains": str(kept.value)}
    return choice | ({"missing": True} if with_missing else {})


def former_queries(filters: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """Return the filters, and the query that was typed, of what addresses and cohorts once held.

    That was a choice for each column, and what was typed under ``(query)``.
    """
    chosen = [
        chosen_query(column, choice) for column, choice in filters.items() if column != _TYPED
    ]
    typed = filters.get(_TYPED)
    expression = typed.get("expression") if isinstance(typed, dict) else None
    return (
        tuple(query for query in chosen if query is not None),
        expression if isinstance(expression, str) else "",
    )


def column_of(query: str) -> str | None:
    """Return the one column that a filter is about, None where it is about several."""
    columns = columns_in(read_query(query))
    return columns[0] if len(columns) == 1 else None


def columns_named(queries: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that queries are about, each once; of one that cannot be read, none."""
    found: list[str] = []
    for query in queries:
        with suppress(CaeError):
            found += columns_in(read_query(query))
    return tuple(dict.fromkeys(found))


def together(queries: Sequence[str]) -> str:
    """Return one query that holds where all of `queries` hold; empty for none."""
    parts = tuple(read_query(query) for query in queries)
    return write_query(parts[0] if len(parts) == 1 else Both(parts))


def apart(query: str) -> tuple[str, ...]:
    """Return the queries, none of which is an ``and`` itself, that `query` joins, each once.

    Raises:
        CaeError: the query cannot be read.
    """
    return tuple(dict.fromkeys(map(write_query, _joined(read_query(query)))))


def fitting(table: pd.DataFrame, queries: Iterable[str]) -> tuple[str, ...]:
    """Return those of `queries`, which anyone may have written into an address, that fit."""
    return tuple(query for query in queries if _fits(table.iloc[:0], query))


def in_scope(table: pd.DataFrame, queries: Iterable[str]) -> np.ndarray:
    """Return which rows (bool, N) fulfil every query."""
    passes = np.ones(len(table), dtype=bool)
    for query in queries:
        passes &= query_rows(table, query)
    return passes


def describe(
    query: str,
    names: Mapping[int, str] = MappingProxyType({}),
    table: pd.DataFrame | None = None,
) -> str:
    """Return one filter in words, as it is where no panel could show it.

    Args:
        query: the filter.
        names: given to clusters.
        table: that is filtered, whose categories are called as panels call them; without it they
            are called as the query writes them.
    """
    parts = _parts(query)
    if parts is None:
        try:
            return with_cluster_names(query, names)
        except CaeError:
            return query
    kept, with_missing = parts
    title = column_title(kept.column)
    missing = " or missing" if with_missing else ""
    if isinstance(kept, Membership):
        values = [_member(kept.column, value, names, table) for value in kept.members]
        values += [NO_VALUE] if with_missing else []
        return f"{title}: {', '.join(values) or 'nothing'}"
    if isinstance(kept, Containing):
        return f"{title} contains “{kept.value}”{missing}"
    return f"{title}: {_end(kept.low)} to {_end(kept.high)}{missing}"


def with_cluster_numbers(query: str, names: Mapping[int, str], table: pd.DataFrame) -> str:
    """Return a query in which clusters stand by number, as the table holds them.

    What a person calls a cluster may change, what a query is kept for may not.

    Args:
        query: such as ``cluster == "Loops"`` or ``cluster contains "loop"``, with names as the
            screen says them: those that were given, *Cluster 3* and *unclustered*, which is −1.
        names: given to clusters.
        table: whose clusters a part of a name is looked for among, beside those of `names`.

    Raises:
        CaeError: the query cannot be read.

    Example:
        >>> table = pd.DataFrame({"cluster": [2, 4], "age": [50, 70]})
        >>> with_cluster_numbers('cluster in ("Loops", 4) and age > 60', {2: "Loops"}, table)
        'cluster in (2, 4) and age > 60'
    """
    present = table[CLUSTER] if CLUSTER in table else pd.Series([])
    numbers = (-1, *map(int, present.dropna().unique()))
    known = {number: default_name(number) for number in numbers} | dict(names)

    def numbered(value: Value) -> Value:
        number = cluster_number(value, names) if isinstance(value, str) else None
        return value if number is None else number

    def found(condition: Condition) -> Condition:
        if not isinstance(condition, Containing) or condition.column != CLUSTER:
            return _with_clusters(condition, numbered)
        part = str(condition.value).casefold()
        members = tuple(number for number, name in known.items() if part in name.casefold())
        return Membership(CLUSTER, tuple(sorted(members)), condition.is_negated)

    return _rewritten(query, found)


def with_cluster_names(query: str, names: Mapping[int, str]) -> str:
    """Return a query in which clusters stand by the names that they were given, as people read it.

    Raises:
        CaeError: the query cannot be read.

    Example:
        >>> with_cluster_names("cluster in (2, 4) and age > 60", {2: "Loops"})
        'cluster in ("Loops", 4) and age > 60'
    """

    def named(value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        return names.get(value, value)

    return _rewritten(query, lambda condition: _with_clusters(condition, named))


def _rewritten(query: str, change: Callable[[Condition], Condition]) -> str:
    """Return a query whose conditions are changed, and to the letter the same if none is."""
    read = read_query(query)
    changed = with_conditions(read, change)
    return query if changed == read else write_query(changed)


def _with_clusters(condition: Condition, called: Callable[[Value], Value]) -> Condition:
    """Return a condition in which each cluster is `called` otherwise."""
    if condition.column != CLUSTER:
        return condition
    if isinstance(condition, Comparison):
        return replace(condition, value=called(condition.value))
    if isinstance(condition, Membership):
        return replace(condition, members=tuple(map(called, condition.members)))
    return condition


def category_title(column: str, name: str, names: Mapping[int, str]) -> str:
    """Return a category as the screen says it; `names` are those given to clusters."""
    if cohort_of(column) is not None:
        return {"True": IN_COHORT, "False": OUTSIDE}.get(name, name)
    if column != CLUSTER or not name.lstrip("-").isdecimal():
        return name
    return names.get(int(name), "unclustered" if name == "-1" else name)


def _kept(column: str, choice: Choice) -> Expression | None:
    if "contains" in choice:
        text = choice["contains"]
        return Containing(column, text) if isinstance(text, str) else None
    if "values" in choice:
        values = choice["values"]
        if not isinstance(values, list):
            return None
        return Membership(column, tuple(_as_value(str(value)) for value in values))
    low, high = choice.get("low"), choice.get("high")
    if isinstance(low, str) and isinstance(high, str):
        return Range(column, low, high)
    if _is_number(low) and _is_number(high):
        return Range(column, low, high)
    return None


def _is_number(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float) and math.isfinite(value)


def _as_value(text: str) -> Value:
    """Return a number where it would be written as `text` is, so that it needs no quotes."""
    for kind in (int, float):
        try:
            number = kind(text)
            is_written_so = math.isfinite(number) and str(number) == text
        except (ValueError, OverflowError):
            continue
        if is_written_so:
            return number
    return text


def _joined(expression: Expression) -> list[Expression]:
    if not isinstance(expression, Both):
        return [expression]
    return [one for part in expression.parts for one in _joined(part)]


def _parts(query: str) -> tuple[Membership | Range | Containing, bool] | None:
    """Return what a panel keeps of a column, and whether missing values are kept as well."""
    try:
        found = read_query(query)
    except CaeError:
        return None
    with_missing = False
    if isinstance(found, Missing) and not found.is_negated:
        return Membership(found.column, ()), True
    if isinstance(found, Either) and len(found.parts) == 2:
        with_missing = found.parts[1] == Missing(columns_in(found.parts[0])[0])
        found = found.parts[0] if with_missing else found
    if isinstance(found, Membership | Range | Containing) and not found.is_negated:
        return found, with_missing
    return None


def _fits(table: pd.DataFrame, query: str) -> bool:
    try:
        query_rows(table, query)
    except CaeError:
        return False
    return True


def _member(column: str, value: Value, names: Mapping[int, str], table: pd.DataFrame | None) -> str:
    called = _called(value, column, table)
    title = category_title(column, called, names)
    is_number = title == called and not isinstance(value, str)
    return with_minus(title) if is_number else title


def _called(value: Value, column: str, table: pd.DataFrame | None) -> str:
    """Return what a category that a query names is called; among texts 7.0 is another than 7."""
    are_numbers = table is not None and column in table and is_numeric_dtype(table[column])
    return category_text(value) if are_numbers else str(value)


def _end(value: Value) -> str:
    return value if isinstance(value, str) else number_text(value, ".10g")
