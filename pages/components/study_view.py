"""What the pages show of a study, worked out once for each state of the study."""

import numpy as np
import pandas as pd
import streamlit as st

from cae.study import LOCAL_STEPS, STEPS, Study
from pages.components.colours import (
    Colours,
    can_colour,
    cluster_colours,
    colours_of_column,
)
from pages.components.map import HoverField, MapPoints

CLUSTER, LABEL = "cluster", "label"
_CLUSTER_TITLES = {"probability": "Cluster probability", "outlier_score": "Outlier score"}
_MOST_HOVER_NAMES = 65_535


def study_key(study: Study) -> tuple[str, ...]:
    """Return what a cache must compare: the folder and the digest of every step."""
    return (str(study.path), *(study.digest(step) for step in (*STEPS, *LOCAL_STEPS)))


def study_table(study: Study) -> pd.DataFrame:
    """Return one row per image: the samples' columns, then those of clusters and areas."""
    return _table(study_key(study), study)


def map_points(study: Study) -> MapPoints:
    """Return the study's map with what hovering tells. Raises `CaeError` before ``project``."""
    return _points(study_key(study), study)


def colour_choices(study: Study) -> dict[str, str]:
    """Return the columns that can colour the map and their titles, the best first."""
    return _choices(study_key(study), study)


def study_colours(study: Study, choice: str | None) -> Colours:
    """Return the colours of one of `colour_choices`; of the first if there is no such choice."""
    choices = colour_choices(study)
    return _colours(study_key(study), study, choice if choice in choices else next(iter(choices)))


def column_title(column: str) -> str:
    """Return a column's name as the screen says it; units such as mm stay."""
    if column in _CLUSTER_TITLES:
        return _CLUSTER_TITLES[column]
    words = column.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def caption(study: Study, row: int) -> str:
    """Return label and cluster of an image in a few words."""
    table = study_table(study)
    parts = []
    if LABEL in table and not pd.isna(table[LABEL].iloc[row]):
        parts.append(str(table[LABEL].iloc[row]))
    if CLUSTER in table:
        number = table[CLUSTER].iloc[row]
        parts.append("unclustered" if number == -1 else f"cluster {number}")
    return " · ".join(parts)


@st.cache_resource(max_entries=4, show_spinner=False)
def _table(key: tuple[str, ...], _study: Study) -> pd.DataFrame:
    table = _study.samples
    for step, found in (("cluster", "clusters"), ("areas", "areas")):
        if _study.is_current(step):
            columns = getattr(_study, found)
            columns = columns.drop(columns=[name for name in columns if name in table])
            table = pd.concat([table, columns], axis=1)
    return table


@st.cache_resource(max_entries=4, show_spinner=False)
def _points(key: tuple[str, ...], _study: Study) -> MapPoints:
    table = study_table(_study)
    fields = []
    if CLUSTER in table:
        colours = cluster_colours(table[CLUSTER])
        names = [level.name for level in colours.levels]
        fields.append(HoverField("Cluster", names, colours.codes))
    if LABEL in table and table[LABEL].nunique() < _MOST_HOVER_NAMES:
        fields.append(_hover_field("Label", table[LABEL]))
    xy = np.asarray(_study.projection, dtype=np.float32)
    return MapPoints(xy, table["id"].astype(str).tolist(), tuple(fields))


def _hover_field(title: str, values: pd.Series) -> HoverField:
    categories = pd.Categorical(values.astype(object))
    names = [str(name) for name in categories.categories]
    codes = np.where(categories.codes < 0, len(names), categories.codes)
    return HoverField(title, [*names, "missing"], codes.astype(np.uint16))


@st.cache_resource(max_entries=8, show_spinner=False)
def _choices(key: tuple[str, ...], _study: Study) -> dict[str, str]:
    table = study_table(_study)
    first = [
        column for column in (CLUSTER, LABEL) if column in table and table[column].notna().any()
    ]
    others = [c for c in table if c not in ("id", *first) and can_colour(table[c])]
    return {column: column_title(column) for column in (*first, *others)}


@st.cache_resource(max_entries=32, show_spinner=False)
def _colours(key: tuple[str, ...], _study: Study, choice: str) -> Colours:
    values = study_table(_study)[choice]
    if choice == CLUSTER:
        return cluster_colours(values)
    return colours_of_column(column_title(choice), values)
