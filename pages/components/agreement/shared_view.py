"""What pages show of the images that two studies share, worked out once for each state of both."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cae.columns.colours import Colours
from cae.latent.neighbours import nearest
from cae.study.study import Study
from pages.components.kit.cache import array_digest, cache_data, cache_resource
from pages.components.map.map_pictures import MapPictures
from pages.components.map.map_points import MapPoints
from pages.components.map.study_map import map_pictures
from pages.components.state.study_view import added, given_names, study_colours, study_key

if TYPE_CHECKING:
    from cae.evaluation.two_studies.matching import SharedImages


def shared_of(first: Study, second: Study) -> "SharedImages":
    """Return the images that two studies share."""
    return _shared(study_key(first), study_key(second), first, second)


def shared_points(first: Study, second: Study) -> tuple[MapPoints, MapPoints]:
    """Return the shared images on the map of either study, by the ids of the first."""
    return _points(study_key(first), study_key(second), first, second)


def shared_colours(first: Study, second: Study, choice: str) -> Colours:
    """Return the colours of shared images by a column of the first study."""
    keys = study_key(first), study_key(second)
    return _colours(*keys, given_names(first), added(first), choice, first, second)


def shared_pictures(first: Study, second: Study) -> MapPictures:
    """Return the shared images for the hover cards of both maps."""
    rows, pictures = shared_of(first, second).first, map_pictures(first)
    return replace(
        pictures,
        count=len(rows),
        load=lambda places: pictures.load(rows[places]),
        state=f"{pictures.state} {array_digest(rows)}",
    )


def neighbours_in_both(
    first: Study, second: Study, row: int, k: int
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the shared images nearest to one of them in either study.

    Args:
        first: the study.
        second: the other.
        row: of a shared image, in the first study.
        k: how many.

    Returns:
        For each study rows of the first study (k,), nearest first, and cosine distances (k,).
    """
    found = _neighbours(study_key(first), study_key(second), row, k, first, second)
    return found[0], found[1]


@cache_resource(max_entries=8)
def _shared(
    key: tuple[str, ...], other: tuple[str, ...], _first: Study, _second: Study
) -> "SharedImages":
    from cae.evaluation.two_studies import shared_by

    return shared_by(_first, _second)


@cache_resource(max_entries=4)
def _points(
    key: tuple[str, ...], other: tuple[str, ...], _first: Study, _second: Study
) -> tuple[MapPoints, MapPoints]:
    shared = shared_of(_first, _second)
    ids = _first.samples["id"].astype(str).iloc[shared.first].tolist()
    places = _first.projection[shared.first], _second.projection[shared.second]
    one, two = (
        MapPoints(np.asarray(some, dtype=np.float32), ids, pixels=_first.pixels_digest)
        for some in places
    )
    return one, two


@cache_resource(max_entries=8)
def _colours(
    key: tuple[str, ...],
    other: tuple[str, ...],
    names: object,
    present: object,
    choice: str,
    _first: Study,
    _second: Study,
) -> Colours:
    rows, whole = shared_of(_first, _second).first, study_colours(_first, choice)
    values = None if whole.values is None else whole.values[rows]
    return replace(whole, codes=whole.codes[rows], values=values)


@cache_data(max_entries=64)
def _neighbours(
    key: tuple[str, ...], other: tuple[str, ...], row: int, k: int, _first: Study, _second: Study
) -> list[tuple[np.ndarray, np.ndarray]]:
    shared = shared_of(_first, _second)
    place = int(np.searchsorted(shared.first, row))
    found = []
    for study, rows in ((_first, shared.first), (_second, shared.second)):
        latents = study.latents[rows]
        places, distances = (one[0] for one in nearest(latents, latents[[place]], k + 1))
        others = np.flatnonzero(places != place)[:k]
        found.append((shared.first[places[others]], distances[others]))
    return found
