"""Images of a study that fulfil a query, which may call clusters and cohorts by their names."""

import numpy as np

from cae.columns.filters import columns_named, with_cluster_numbers
from cae.columns.query import query_rows
from cae.study.cluster_names import cluster_names
from cae.study.study import Study


def queried(study: Study, query: str) -> np.ndarray:
    """Return the ascending rows of the images that fulfil a query.

    Args:
        study: its table is asked with corrected labels and a column for every cohort.
        query: see `cae.columns.expression`.

    Raises:
        CaeError: the query cannot be read or does not fit the table.
    """
    full = study.full_table
    numbered = with_cluster_numbers(query, cluster_names(study), full)
    table = study.cohorts.beside(full, columns_named([numbered]))
    return np.flatnonzero(query_rows(table, numbered))
