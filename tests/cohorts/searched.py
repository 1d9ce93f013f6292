"""Cohorts whose steps can be taken again only with a study's searches and all of its maps."""

import numpy as np

from cae.cohorts.picking import MapEvent, selection_after
from cae.cohorts.selection import Selection
from cae.columns.colours import table_colours
from cae.columns.filters import in_scope
from cae.decoding.measures import Measures
from cae.decoding.search import Outliers
from cae.study.maps import Projection, positions
from cae.study.study import Study

SEARCHED, OUTLINED = "outlying", "outlined"


def save_searched(study: Study) -> None:
    """Save a cohort of outliers, and one that was outlined on principal components."""
    scope = in_scope(study.table, ["ink > 50"])
    outliers = Outliers("knn", 30)
    event = outliers.event() | {"filters": ["ink > 50"]}
    rows = outliers.rows(Measures(study), scope)
    study.cohorts.save(SEARCHED, Selection.empty().combine(rows, "replace", event))

    places, colours = positions(study, Projection(2)), table_colours(study.table, "cluster")
    square = np.median(places, axis=0) + places.std(axis=0) * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    drawn = MapEvent("lasso", "replace", polygon=square)
    everywhere = np.ones(len(study), bool)
    outlined = selection_after(
        drawn, Selection.empty(), places, colours, "cluster", everywhere, [], "pca"
    )
    study.cohorts.save(OUTLINED, outlined)
