"""What columns, clusters and values are called on screen."""

from numbers import Integral, Real
from typing import Any

import pandas as pd

from cae.columns.cohort_column import cohort_of
from cae.number_text import number_text

CLUSTER, LABEL = "cluster", "label"
IN_COHORT, OUTSIDE = "in the cohort", "outside"
_CLUSTER_TITLES = {"probability": "Cluster probability", "outlier_score": "Outlier score"}


def default_name(cluster: int) -> str:
    """Return what a cluster is called that was given no name."""
    return "unclustered" if cluster == -1 else f"Cluster {cluster}"


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
        return "missing"
    if isinstance(value, Integral) and not isinstance(value, bool):
        return number_text(int(value), "d")
    return number_text(float(value)) if isinstance(value, Real | float) else str(value)
