"""The cohorts that steps of a history name, noted so that a name may change its owner later."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cae.columns.cohort_column import cohort_of
from cae.columns.expression import columns_in, read_query
from cae.columns.filters import former_queries

Event = dict[str, Any]
# Under which a step notes the cohorts it names: name → number, when it was saved, its rows' digest.
NAMED = "cohorts"


def columns_picked_by(event: Event) -> Iterator[str]:
    """Yield the columns by which a step picked images, or hid some."""
    if isinstance(event.get("column"), str):
        yield event["column"]
    if isinstance(event.get("shown"), dict):
        yield event["shown"]["column"]
    filters = event.get("filters", ())
    if isinstance(filters, dict):
        chosen, typed = former_queries(filters)
        filters = (*chosen, typed) if typed else chosen
    for query in filters:
        if isinstance(query, str) and query.strip():
            yield from columns_in(read_query(query))


def with_named_noted(
    history: Sequence[Event], noted: Callable[[str], Event | None]
) -> tuple[Event, ...]:
    """Return a history whose steps note the cohorts they name, those within steps, too.

    Args:
        history: as `Selection.history`.
        noted: what is to be noted of a cohort by its name, None where there is none; what a step
            notes already stays.
    """
    return tuple(_with_noted(event, noted) for event in history)


def rows_digest(rows: np.ndarray) -> str:
    """Return a hash of row numbers."""
    return hashlib.blake2b(np.asarray(rows, "<i8").tobytes(), digest_size=8).hexdigest()


def _with_noted(event: Event, noted: Callable[[str], Event | None]) -> Event:
    names = {name for column in columns_picked_by(event) if (name := cohort_of(column)) is not None}
    found = {name: note for name in sorted(names) if (note := noted(name)) is not None}
    within = event.get("of")
    more: Event = {}
    if found:
        more[NAMED] = {**found, **_mapping(event.get(NAMED))}
    if isinstance(within, Sequence) and not isinstance(within, str):
        more["of"] = [_with_noted(one, noted) if isinstance(one, dict) else one for one in within]
    return {**event, **more}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
