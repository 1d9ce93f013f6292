"""A study as points and pictures for the map."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cae.columns.category import NO_VALUE, category_text
from cae.columns.colours import cluster_colours
from cae.columns.titles import CLUSTER, LABEL, column_title, value_text
from cae.study.maps import MAP, Projection, positions
from cae.study.study import Study
from pages.components.kit.cache import cache_resource
from pages.components.map.map_pictures import MapPictures
from pages.components.map.map_points import HoverField, MapPoints
from pages.components.state.study_view import corrected_key, given_names, study_key, study_table

_MOST_HOVER_NAMES = 65_535


def map_points(study: Study, projection: Projection = MAP) -> MapPoints:
    """Return one of the study's projections with what hovering tells.

    Raises `CaeError` before ``project``.
    """
    return _points(study_key(study), given_names(study), projection, study)


def map_pictures(study: Study, columns: Sequence[str] = ()) -> MapPictures:
    """Return the study's images, and values of some columns, for the map's hover cards."""
    table = study_table(study)

    def describe(rows: np.ndarray) -> list[list[str]]:
        found = table[list(columns)].iloc[rows]
        return [[value_text(value) for value in line] for line in found.itertuples(index=False)]

    titles = [column_title(column) for column in columns]
    follows_from = (corrected_key(study), given_names(study), tuple(columns))
    state = hashlib.blake2b(repr(follows_from).encode(), digest_size=8).hexdigest()
    return MapPictures(len(table), lambda rows: study.images[rows], state, titles, describe)


@cache_resource(max_entries=8)
def _points(
    key: tuple[str, ...],
    names: tuple[tuple[int, str], ...],
    projection: Projection,
    _study: Study,
) -> MapPoints:
    table = study_table(_study)
    fields = []
    if CLUSTER in table:
        colours = cluster_colours(table[CLUSTER], dict(names))
        fields.append(
            HoverField("Cluster", [level.name for level in colours.levels], colours.codes)
        )
    if LABEL in table:
        codes, present = pd.factorize(table[LABEL], sort=True)
        if len(present) < _MOST_HOVER_NAMES:
            fields.append(_hover_field("Label", codes, present))
    places = positions(_study, projection)
    ids = table["id"].astype(str).tolist()
    return MapPoints(places, ids, tuple(fields), _study.pixels_digest)


def _hover_field(title: str, codes: np.ndarray, present: Iterable[object]) -> HoverField:
    """Return what hovering says of values `present` by their codes, −1 for a missing one."""
    names = [*map(category_text, present), NO_VALUE]
    return HoverField(title, names, np.where(codes < 0, len(names) - 1, codes).astype(np.uint16))
