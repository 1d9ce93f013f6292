"""What the pages show of a study, worked out once for each state of the study."""

from typing import Any

import numpy as np
import pandas as pd

from cae.columns.cohort_column import cohort_column, cohort_of, with_cohorts
from cae.columns.colours import Colours, can_colour, table_colours
from cae.columns.corrected_label import BY, CORRECTED
from cae.columns.filters import category_title
from cae.columns.titles import CLUSTER, LABEL, column_title, default_name, value_text
from cae.study.cluster_names import cluster_names
from cae.study.label_corrections import corrections_state
from cae.study.step import STEPS
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.state.known_cohorts import known_cohorts

# Cohorts, as `CohortStore.known` tells them, and the state of corrected labels.
Added = tuple[tuple[tuple[str, int, str], ...], tuple[int, int]]


def added(study: Study) -> Added:
    """Return what a cache must compare beside `study_key` of what people add to a table."""
    return study.cohorts.known(), corrections_state(study.path)


def study_key(study: Study) -> tuple[str, ...]:
    """Return what a cache must compare: the folder and the digest of every step."""
    return (str(study.path), *(study.digest(step) for step in STEPS))


def corrected_key(study: Study) -> tuple[object, ...]:
    """Return what a cache must compare of what follows from `study_table`, too."""
    return (*study_key(study), corrections_state(study.path))


def study_table(study: Study) -> pd.DataFrame:
    """Return one row per image: the samples' columns, those of clusters and areas, and labels as
    people corrected them.
    """
    return _table(corrected_key(study), study)


def full_table(study: Study) -> pd.DataFrame:
    """Return `study_table` beside a column of true and false for every saved cohort.

    It is what filters, colours and orders are of.
    """
    return _full_table(study_key(study), added(study), study)


def known_columns(study: Study) -> tuple[str, ...]:
    """Return the columns of `full_table` that have a value; by others nothing can be told apart.

    Never empty, as every image has an id and a split.
    """
    return _known(study_key(study), added(study), study)


def colour_choices(study: Study) -> dict[str, str]:
    """Return the columns that can colour the map and their titles, the best first."""
    return _choices(study_key(study), added(study), study)


def study_colours(study: Study, choice: str | None) -> Colours:
    """Return the colours of one of `colour_choices`; of the first if there is no such choice."""
    choices = colour_choices(study)
    shown = choice if choice in choices else next(iter(choices))
    return _colours(study_key(study), given_names(study), added(study), shown, study)


def cluster_title(study: Study, number: int) -> str:
    """Return a cluster's given name, or its number in words."""
    return cluster_names(study).get(number, default_name(number))


def cell_text(study: Study, column: str, value: Any) -> str:
    """Return a value of a column as the screen says it: a cluster by its name, if it has one."""
    if column == CLUSTER:
        return category_title(column, str(value), cluster_names(study))
    return value_text(value)


def cluster_of_level(study: Study, level: int) -> int:
    """Return the number of the cluster that is a level of the colours of the column cluster."""
    numbers = np.unique(study_table(study)[CLUSTER])
    return int(numbers[numbers >= 0][level])


def caption(study: Study, row: int) -> str:
    """Return label and cluster of an image in a few words."""
    table = study_table(study)
    parts = []
    if LABEL in table and not pd.isna(table[LABEL].iloc[row]):
        parts.append(str(table[LABEL].iloc[row]))
    if CORRECTED in table and pd.notna(table[BY].iloc[row]):
        parts = [" → ".join([*parts, str(table[CORRECTED].iloc[row])])]
    if CLUSTER in table:
        number = int(table[CLUSTER].iloc[row])
        title = cluster_title(study, number)
        parts.append(title.lower() if title == default_name(number) else title)
    return " · ".join(parts)


@cache_resource(max_entries=4)
def _table(key: tuple[object, ...], _study: Study) -> pd.DataFrame:
    return _study.full_table


def given_names(study: Study) -> tuple[tuple[int, str], ...]:
    """Return the given names of clusters as a cache can compare them."""
    return tuple(cluster_names(study).items())


@cache_resource(max_entries=4)
def _full_table(key: tuple[str, ...], present: Added, _study: Study) -> pd.DataFrame:
    known = {cohort.name: cohort for cohort in known_cohorts(_study)}

    def rows_of(name: str) -> np.ndarray:
        # One that was saved on other images, which its card says, holds none of these.
        return known[name].rows if name in known else np.empty(0, np.int64)

    table = study_table(_study)
    return with_cohorts(table, [cohort_column(name) for name, _, _ in present[0]], rows_of)


@cache_resource(max_entries=4)
def _known(key: tuple[str, ...], present: Added, _study: Study) -> tuple[str, ...]:
    table = full_table(_study)
    return tuple(column for column in table.columns if table[column].notna().any())


@cache_resource(max_entries=8)
def _choices(key: tuple[str, ...], present: Added, _study: Study) -> dict[str, str]:
    table, known = full_table(_study), known_columns(_study)
    first = [column for column in (CLUSTER, LABEL) if column in known]
    others = [c for c in known if c not in ("id", *first) and can_colour(table[c])]
    return {column: column_title(column) for column in (*first, *others)}


@cache_resource(max_entries=32)
def _colours(
    key: tuple[str, ...],
    names: tuple[tuple[int, str], ...],
    present: Added,
    choice: str,
    _study: Study,
) -> Colours:
    table = full_table(_study) if cohort_of(choice) is not None else study_table(_study)
    return table_colours(table, choice, dict(names))
