"""A study's columns in bins, worked out once for each state of the study."""

from cae.columns.facets import Facet, facet_of
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.state.study_view import (
    Added,
    added,
    colour_choices,
    full_table,
    known_columns,
    study_key,
)


def study_facets(study: Study) -> dict[str, Facet]:
    """Return each column of `full_table` that has values in bins, the best of the map first."""
    return _facets(study_key(study), added(study), study)


@cache_resource(max_entries=4)
def _facets(key: tuple[str, ...], present: Added, _study: Study) -> dict[str, Facet]:
    table = full_table(_study)
    first = colour_choices(_study)
    columns = (*first, *(column for column in known_columns(_study) if column not in first))
    return {column: facet_of(table[column]) for column in columns}
