"""What columns, clusters and values are called on screen."""

import re
from collections.abc import Mapping
from numbers import Real
from types import MappingProxyType
from typing import Any

import pandas as pd

from cae.columns.category import NO_VALUE, category_text
from cae.columns.cohort_column import cohort_of
from cae.number_text import number_text, with_minus

CLUSTER, LABEL = "cluster", "label"
IN_COHORT, OUTSIDE = "in the cohort", "outside"
_CLUSTER_TITLES = {"probability": "Cluster probability", "outlier_score": "Outlier score"}


def default_name(cluster: int) -> str:
    """Return what a cluster is called that was given no name."""
    return "unclustered" if cluster == -1 else f"Cluster {cluster}"


def cluster_number(called: str, names: Mapping[int, str] = MappingProxyType({})) -> int | None:
    """Return the number of the cluster that is called so on screen; None where none is.

    Args:
        called: a given name, ``Cluster 3`` or ``unclustered``, whatever their capitals, or a
            number.
        names: given to clusters, by number.

    Example:
        >>> cluster_number("Loops", {2: "Loops"}), cluster_number("cluster 4"), cluster_number("x")
        (2, 4, None)
    """
    given = [number for number, name in names.items() if name == called]
    plain = re.fullmatch(r"(?:cluster )?(-?\d{1,9})", called, re.IGNORECASE | re.ASCII)
    if given:
        return given[0]
    if plain:
        return int(plain[1])
    return -1 if called.casefold() == default_name(-1) else None


def column_title(column: str) -> str:
    """Return a column's name as the screen says it; units such as mm stay."""
    if column in _CLUSTER_TITLES:
        return _CLUSTER_TITLES[column]
    if (cohort := cohort_of(column)) is not None:
        return f"Cohort “{cohort}”"
    words = column.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def value_text(value: Any) -> str:
    """Return a value of a table as the screen says it."""
    if pd.isna(value):
        return NO_VALUE
    if isinstance(value, bool) or not isinstance(value, Real):
        return category_text(value)
    is_whole = float(value).is_integer()
    return with_minus(category_text(value)) if is_whole else number_text(float(value))
