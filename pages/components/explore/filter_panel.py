"""The controls of the filters: a list of bars, a histogram or a search box for every column."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cae.columns.category import NO_VALUE
from cae.columns.expression import LONGEST, quoted_column
from cae.columns.facets import Facet
from cae.columns.filters import (
    Choice,
    category_title,
    choice_of,
    column_of,
    describe,
    with_cluster_names,
    with_cluster_numbers,
)
from cae.columns.query import query_rows
from cae.columns.titles import column_title
from cae.errors import CaeError
from cae.number_text import with_minus
from pages.components.kit.component import Component
from pages.components.kit.events import take_event
from pages.components.kit.plain_markdown import plain_markdown

_LOOKED_AT = 1_000

_panel = Component("explore", "filter_panel")


def filter_panel(
    table: pd.DataFrame,
    facets: dict[str, Facet],
    filters: Sequence[str],
    query: str,
    selected: np.ndarray,
    names: Mapping[int, str],
    key: str,
    on_change: Callable[[str, Choice | None], None],
) -> None:
    """Show every column of `facets` with what is in scope and what of it is selected.

    The bars of a column count the images that pass the filters of all other columns, so that
    what its own filter leaves out can still be seen and brought back. Only counts go to the
    browser.

    Args:
        table: one row per image.
        facets: the columns to show, in bins.
        filters: the queries that are set now.
        query: what holds besides, whatever its columns; empty for nothing.
        selected: rows that are selected.
        names: given to clusters, by number.
        key: of the component.
        on_change: called with a column and what is to be kept of it, None for all, before the
            page runs again.
    """
    choices = {column_of(one): choice_of(one, table) for one in filters}
    passes = [(column_of(one), query_rows(table, one)) for one in filters]
    if query:
        passes.append((None, query_rows(table, query)))
    is_selected = np.zeros(len(table), dtype=bool)
    is_selected[selected] = True
    items = []
    for column, facet in facets.items():
        scope = _all_of(len(table), (rows for other, rows in passes if other != column))
        titles = _titles(column, facet, pd.api.types.is_numeric_dtype(table[column]), names)
        items.append(_item(column, facet, scope, is_selected, choices.get(column), titles))

    def receive() -> None:
        if sent := take_event(key, "change"):
            on_change(sent["column"], sent["filter"])

    _panel(data={"facets": items}, key=key, on_change_change=receive)


def query_input(
    table: pd.DataFrame,
    present: str,
    names: Mapping[int, str],
    key: str,
    on_query: Callable[[str], None],
) -> None:
    """Show the field for a query; what is wrong with one is said below it.

    Args:
        table: one row per image.
        present: the query that is set now, empty for none.
        names: given to clusters, which a query may call by them.
        key: of the field.
        on_query: called with a sound query, empty for none, before the page runs again.
    """
    problem, known = f"{key} problem", f"{key} known"
    number, expression = st.session_state.get(known, (0, ""))
    if expression != present:
        # A query that did not come from the field is shown by a field of its own: a value set
        # on an existing one is lost where its run is interrupted before the browser has it.
        number += 1
        st.session_state[problem] = None
        st.session_state[known] = (number, present)
    field = f"{key} {number}"

    def receive() -> None:
        text = st.session_state[field].strip()
        try:
            if text:
                text = with_cluster_numbers(text, names, table)
                query_rows(table.iloc[:0], text)
        except CaeError as error:
            st.session_state[problem] = str(error)
            return
        st.session_state[problem] = None
        st.session_state[known] = (number, text)
        on_query(text)

    st.text_input(
        "Query",
        with_cluster_names(present, names) if present else "",
        key=field,
        placeholder=example(table),
        max_chars=LONGEST,
        help="Comparisons of columns with ==, !=, <, <=, >, >=, in (…), between … and …, contains "
        "and is missing, joined by and, or, not and brackets. What is missing fulfils no "
        "comparison, and so every one with not before it. Texts and dates stand in quotes, "
        "names of columns with a space in `back quotes`. Clusters are called by number or as in "
        'the legend; cohort("NAME") stands for the images of a saved cohort.',
        on_change=receive,
    )
    if st.session_state.get(problem):
        st.error(plain_markdown(st.session_state[problem]))


def filter_chips(
    table: pd.DataFrame,
    filters: Sequence[str],
    names: Mapping[int, str],
    shown: int,
    on_remove: Callable[[Sequence[str]], None],
) -> None:
    """Show how many images are in scope and each filter as a button that removes it.

    Args:
        table: one row per image.
        filters: the queries that are set.
        names: given to clusters, by number.
        shown: images in scope.
        on_remove: called with the queries that are removed.
    """
    if not filters:
        return
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xsmall", key="filter-chips"
    ):
        st.html(
            f'<div class="cae-quiet" role="status">{shown:,} of {len(table):,} in scope</div>',
            width="content",
        )
        if len(filters) > 1:
            st.button("Clear all", key="clear filters", on_click=on_remove, args=(filters,))
        for query in filters:
            words = plain_markdown(describe(query, names, table))
            st.button(
                words,
                icon=":material/close:",
                help=f"Remove this filter: {words}",
                key=f"chip {query}",
                on_click=on_remove,
                args=((query,),),
            )


def example(table: pd.DataFrame) -> str:
    """Return a query that some images fulfil: a number beside a label, if there are such."""
    some = table.head(_LOOKED_AT)
    parts = []
    for column in some.columns:
        if pd.api.types.is_float_dtype(some[column]) and np.isfinite(some[column].median()):
            least = _rounded_down(float(some[column].median()))
            parts.append(f"{quoted_column(column)} >= {least}")
            some = some[some[column] >= float(least)]
            break
    if "label" in some and some["label"].notna().any():
        parts.append(f'label == "{some["label"].dropna().iloc[0]}"')
    return " and ".join(parts) or 'id contains "1"'


def _rounded_down(number: float) -> str:
    """Return a number with three digits, which is not above it."""
    step = 10.0 ** (math.floor(math.log10(abs(number))) - 2) if number else 1.0
    return f"{math.floor(number / step) * step:.3g}"


def _all_of(count: int, conditions: Iterable[np.ndarray]) -> np.ndarray:
    together = np.ones(count, dtype=bool)
    for condition in conditions:
        together &= condition
    return together


def _titles(column: str, facet: Facet, is_number: bool, names: Mapping[int, str]) -> list[str]:
    """Return what the screen calls the bins of a column; numbers have minus signs."""
    written = [str(low) for low in facet.lows]
    titles = [category_title(column, low, names) for low in written]
    return [
        with_minus(title) if is_number and title == low else title
        for title, low in zip(titles, written, strict=True)
    ]


def _item(
    column: str,
    facet: Facet,
    scope: np.ndarray,
    selected: np.ndarray,
    choice: Choice | None,
    titles: list[str],
) -> dict[str, Any]:
    return {
        "column": column,
        "title": column_title(column),
        "kind": facet.kind,
        "lows": list(facet.lows),
        "highs": list(facet.highs),
        "names": [*titles, NO_VALUE],
        "scope": facet.counts(scope).tolist(),
        "selected": facet.counts(scope & selected).tolist(),
        "hasMissing": bool((facet.codes == len(facet.lows)).any()) and facet.kind != "text",
        "filter": choice,
    }
