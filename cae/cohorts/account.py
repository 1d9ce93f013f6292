"""How a selection came about, told step by step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cae.cohorts.picking import step_in_words
from cae.columns.filters import describe, former_queries
from cae.errors import CaeError


@dataclass(frozen=True)
class Step:
    """One step of a history.

    Attributes:
        number: such as 2, or 1.2 for the second step of what step 1 took up.
        words: what was done, such as "Plus cohort 'odd ones'".
        count: how many images were selected after it.
    """

    number: str
    words: str
    count: int

    @property
    def depth(self) -> int:
        """0 for the selection's own steps, more for those of what it was made from."""
        return self.number.count(".")


def account(
    history: Sequence[dict[str, Any]], names: Mapping[int, str] = MappingProxyType({})
) -> list[Step]:
    """Return the steps of a history in their order, each before those it was made from.

    `names` are those given to clusters.

    Example:
        >>> lasso = {"kind": "lasso", "combine": "replace", "count": 4}
        >>> for step in account([{"kind": "invert", "combine": "replace", "count": 6,
        ...                       "of": [lasso]}]):
        ...     print(step.number, step.words, step.count)
        1 All but (lasso) 6
        1.1 Lasso 4
    """
    return list(_steps(history, "", names))


def _steps(
    history: Sequence[dict[str, Any]], within: str, names: Mapping[int, str]
) -> Iterator[Step]:
    for number, event in enumerate(history, start=1):
        words = step_in_words(event)
        if said := _filters(event, names):
            words += f" of {said}" if event.get("kind") != "filter" else f" {said}"
        yield Step(f"{within}{number}", words[:1].upper() + words[1:], int(event.get("count", 0)))
        yield from _steps(event.get("of", ()), f"{within}{number}.", names)


def _filters(event: dict[str, Any], names: Mapping[int, str]) -> str:
    filters = event.get("filters", ())
    if isinstance(filters, dict):
        chosen, typed = former_queries(filters)
        filters = (*chosen, typed) if typed else chosen
    return ", ".join(_described(query, names) for query in filters)


def _described(query: str, names: Mapping[int, str]) -> str:
    try:
        return describe(query, names)
    except CaeError:
        return query
