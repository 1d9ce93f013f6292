"""Whether the browser may keep what a map showed."""

import shutil

import numpy as np
import pytest

from cae.cohorts.picking import MapEvent
from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.storage import write_table
from cae.study.cluster_names import name_cluster
from cae.study.label_corrections import correct_labels
from cae.study.study import Study
from pages.components.map.study_map import map_pictures, map_points
from pages.components.state.study_view import study_colours
from tests.conftest import build_quick_study, digits_imageset


def test_pictures_are_of_another_state_once_anything_on_the_cards_may_differ(digits_study: Study):
    states = [map_pictures(digits_study, ("ink",)).state]
    assert map_pictures(digits_study, ("ink",)).state == states[0]
    states.append(map_pictures(digits_study, ("site",)).state)
    correct_labels(digits_study, [1], "odd", "anna")
    states.append(map_pictures(digits_study, ("ink",)).state)
    name_cluster(digits_study, 1, "Round ones")
    states.append(map_pictures(digits_study, ("ink",)).state)
    clusters = digits_study.clusters.assign(cluster=0)
    with digits_study.step("cluster", {"method": "kmeans", "k": 1}) as files:
        write_table(files.add("clusters.parquet"), clusters)
    states.append(map_pictures(Study.open(digits_study.path), ("ink",)).state)
    copied = Study.open(shutil.copytree(digits_study.path, digits_study.path.with_name("copy")))
    states.append(map_pictures(copied, ("ink",)).state)
    assert len(set(states)) == len(states)


def test_studies_that_only_share_ids_have_maps_of_other_images(digits_study: Study, tmp_path):
    digits = digits_imageset()
    others = ImageSet(255 - digits.images, digits.table, name="digits", kind="digits")
    other = build_quick_study(tmp_path / "inverted", others)
    same = Study.open(shutil.copytree(digits_study.path, tmp_path / "same"))
    points = map_points(digits_study)
    assert np.array_equal(points.ids, map_points(other).ids)
    assert points.images == map_points(same).images
    colours = study_colours(digits_study, "label")
    event = MapEvent("click", "replace", row=3, shown=points.shown_in(colours))
    event.check(map_points(same).shown_in(colours))
    with pytest.raises(CaeError, match="other images"):
        event.check(map_points(other).shown_in(colours))
