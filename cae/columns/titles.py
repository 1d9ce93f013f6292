"""What columns, clusters and values are called on screen."""

from typing import Any

import pandas as pd

from cae.columns.cohort_column import cohort_of

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


def percent_text(share: float, digits: int = 0) -> str:
    """Return a share, 0–1, in per cent; only nothing is 0 % and only all is 100 %.

    Example:
        >>> percent_text(11 / 2353), percent_text(2342 / 2353), percent_text(0.5)
        ('<1 %', '>99 %', '50 %')
    """
    least = 10.0**-digits
    rounded = round(100 * share, digits)
    if share > 0 and rounded < least:
        return f"<{least:.{digits}f} %"
    if share < 1 and rounded > 100 - least:
        return f">{100 - least:.{digits}f} %"
    return f"{rounded:.{digits}f} %"


def value_text(value: Any) -> str:
    """Return a value of a table as the screen says it."""
    if pd.isna(value):
        return "missing"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
