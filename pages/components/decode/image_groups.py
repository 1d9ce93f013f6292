"""The groups of images that directions and averages are offered of."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cae.columns.colours import MOST_CATEGORIES
from cae.columns.titles import CLUSTER, LABEL
from cae.study.study import Study
from pages.components.state import session
from pages.components.state.known_cohorts import filled_cohorts
from pages.components.state.study_view import cluster_title, study_table
from pages.components.state.view import COHORT, SELECTION


class ImageGroup(NamedTuple):
    """Some images under a name: its title on screen, and int64 ascending rows."""

    title: str
    rows: np.ndarray


def image_groups(study: Study) -> dict[str, ImageGroup]:
    """Return the selection, clusters, labels and cohorts of the study that hold an image.

    They are keyed as addresses call them: ``selection``, ``cluster:3``, ``label:x``, ``cohort:7``.
    """
    groups = {}
    selected = session.current_selection().rows
    if len(selected):
        groups[SELECTION] = ImageGroup(f"The selection ({len(selected):,})", selected)
    table = study_table(study)
    if CLUSTER in table:
        for number in sorted(set(table[CLUSTER].unique()) - {-1}):
            rows = _rows_of(table[CLUSTER], number)
            groups[f"{CLUSTER}:{number}"] = ImageGroup(cluster_title(study, number), rows)
    if LABEL in table and table[LABEL].nunique() <= MOST_CATEGORIES:
        for label in sorted(table[LABEL].dropna().unique()):
            rows = _rows_of(table[LABEL], label)
            groups[f"{LABEL}:{label}"] = ImageGroup(f"Label {label}", rows)
    for cohort in filled_cohorts(study):
        groups[f"{COHORT}{cohort.id}"] = ImageGroup(f"Cohort {cohort.name}", cohort.rows)
    return groups


def _rows_of(values: pd.Series, value: object) -> np.ndarray:
    return np.flatnonzero((values == value).to_numpy(dtype=bool, na_value=False))
