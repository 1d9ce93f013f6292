"""What the app can search for, as its events note it, replayed on a study."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.picking import MapEvent, selection_after
from cae.cohorts.selection import Selection
from cae.columns.colours import table_colours
from cae.decoding.replay import replay_on
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.latent.neighbours import nearest
from cae.latent.similarity import distances_to_centre, nearest_others
from cae.study.append import append
from cae.study.study import Study
from tests.conftest import MoreDigits


def chosen(rows: np.ndarray, event: dict) -> Selection:
    return Selection.empty().combine(rows, "replace", event)


def some_clicked(study: Study, rows: tuple[int, ...]) -> Selection:
    selection = Selection.empty()
    colours = table_colours(study.table, "cluster")
    for row in rows:
        event = MapEvent("click", "add", row=row)
        selection = selection_after(
            event, selection, study.projection, colours, "cluster", np.ones(360, bool), [], "map"
        )
    return selection


def test_a_lasso_on_another_map_than_the_studys_own(digits_study: Study):
    from cae.study.maps import Projection, positions

    places = positions(digits_study, Projection(2))
    event = MapEvent(
        "lasso", "replace", polygon=places.mean(axis=0) + np.array([[-2, -2], [2, -2], [0, 3]])
    )
    colours = table_colours(digits_study.table, "cluster")
    everything = np.ones(360, bool)
    drawn = selection_after(
        event, Selection.empty(), places, colours, "cluster", everything, [], "pca"
    )
    assert 0 < len(drawn) < 360
    assert replay_on(digits_study, drawn.history) == drawn
    gone = [{**drawn.history[0], "map": "umap-7-0.3"}]
    with pytest.raises(CaeError, match="Step 1 .*no map 'umap-7-0.3' any more"):
        replay_on(digits_study, gone)


def test_neighbours_of_an_image(digits_study: Study):
    latents = digits_study.latents
    rows = nearest(latents, latents[7:8], 13)[0][0]
    rows = np.append(rows[rows != 7][:12], 7)
    selection = chosen(rows, {"kind": "similarity", "row": 7, "neighbours": 12})
    assert replay_on(digits_study, selection.history) == selection


def test_images_like_a_selection_within_filters(digits_study: Study):
    table = digits_study.table
    like = some_clicked(digits_study, (3, 50, 81))
    scope = (table["ink"] > table["ink"].median()).to_numpy()
    distances = distances_to_centre(digits_study.latents, like.rows)
    rows = nearest_others(distances, np.union1d(like.rows, np.flatnonzero(~scope)), 24)
    event = {"kind": "similarity", "to": "centre", "images": 3, "of": list(like.history)}
    filters = [f"ink > {float(table['ink'].median())!r}"]
    selection = chosen(rows, {**event, "neighbours": 24, "filters": filters})
    assert replay_on(digits_study, selection.history) == selection
    del event["of"]
    former = chosen(rows, {**event, "neighbours": 24})
    with pytest.raises(CaeError, match="Step 1 .*without its 'of'"):
        replay_on(digits_study, former.history)


def test_outliers_of_every_score(digits_study: Study):
    from cae.latent.neighbour_graph import neighbour_graph
    from cae.latent.outliers import knn_outlier_scores
    from cae.study.reconstruction_errors import reconstruction_errors

    study = digits_study
    scores = {
        "knn": knn_outlier_scores(neighbour_graph(study.latents, 15)),
        "cluster": study.clusters["outlier_score"].to_numpy(),
        "error": reconstruction_errors(study.images, study.latents, study.model.decode),
    }
    for name, values in scores.items():
        rows = np.argsort(-values, kind="stable")[:24]
        selection = chosen(rows, {"kind": "outliers", "score": name, "images": 24})
        assert replay_on(study, selection.history) == selection


def test_a_cohort_on_which_another_step_was_taken(digits_study: Study):
    first = some_clicked(digits_study, (3, 50))
    cohort = digits_study.cohorts.save("two", first)
    event = {"kind": "cohort", "name": "two", "cohort": cohort.id}
    opened = chosen(cohort.rows, event)
    assert replay_on(digits_study, opened.history) == opened
    digits_study.cohorts.delete(cohort)
    assert replay_on(digits_study, opened.history) == opened
    unknown = [{**opened.history[0], "cohort": cohort.id + 1}]
    with pytest.raises(CaeError, match=r"Step 1 of the selection \(cohort\).*no longer exists"):
        replay_on(digits_study, unknown)


def test_an_image_from_outside_is_not_kept(digits_study: Study):
    event = {"kind": "similarity", "to": "an image from outside", "neighbours": 3}
    with pytest.raises(CaeError, match="Step 1 .*is not kept"):
        replay_on(digits_study, chosen(np.arange(3), event).history)


def test_near_duplicates(digits_study: Study):
    study = digits_study
    unit = study.latents / np.linalg.norm(study.latents, axis=1, keepdims=True)
    distance = 1 - unit @ unit.T
    np.fill_diagonal(distance, np.inf)
    correlation = np.corrcoef(np.asarray(study.images, dtype=float).reshape(360, -1))
    pairs = [
        (row, other)
        for row in range(360)
        for other in np.argsort(distance[row], kind="stable")[:5]
        if correlation[row, other] >= 0.95
    ]
    expected = np.unique(pairs)
    assert 4 < len(expected) < 360
    event = {"kind": "near-duplicates", "least_correlation": 0.95, "across_splits": False}
    selection = chosen(expected, event)
    assert replay_on(study, selection.history) == selection

    group = {row: {row} for row in range(360)}
    for row, other in pairs:
        merged = group[row] | group[other]
        group |= dict.fromkeys(merged, merged)
    split = study.samples["split"].to_numpy()
    leaks = [row for row in expected if len(set(split[list(group[row])])) > 1]
    selection = chosen(np.array(leaks, int), {**event, "across_splits": True})
    assert replay_on(study, selection.history) == selection


def test_labels_that_may_be_wrong(digits_study: Study):
    from cae.latent.label_errors import find_label_errors
    from cae.latent.neighbour_graph import neighbour_graph

    table = digits_study.table
    graph = neighbour_graph(digits_study.latents, 15)
    patients = table["patient"] if table["patient"].nunique() > 1 else None
    rows = find_label_errors(table["label"], graph, patients)["row"].to_numpy()
    rows = rows[table["ink"].to_numpy()[rows] > 50]
    assert len(rows)
    selection = chosen(rows, {"kind": "suspected labels", "filters": ["ink > 50"]})
    assert replay_on(digits_study, selection.history) == selection


def test_the_history_in_an_export_leads_to_its_images(digits_study: Study, tmp_path: Path):
    from cae.export.cohort import CohortExport, export_cohort

    xy = digits_study.projection
    corners = xy.mean(axis=0) + 1.5 * xy.std(axis=0) * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    drawn = selection_after(
        MapEvent("box", "replace", polygon=corners, off=(1,)),
        Selection.empty(),
        xy,
        table_colours(digits_study.table, "cluster", {0: "round ones"}),
        "cluster",
        (digits_study.table["ink"] > 40).to_numpy(),
        ["ink > 40"],
        "map",
    )
    assert 0 < len(drawn) < 360
    cohort = digits_study.cohorts.save("boxed", drawn)
    with zipfile.ZipFile(
        export_cohort(digits_study, CohortExport(cohort), tmp_path / "out.zip")
    ) as archive:
        name = next(name for name in archive.namelist() if name.endswith("provenance.json"))
        told = json.loads(archive.read(name))["cohort"]
    assert replay_on(digits_study, told["history"]) == drawn
    assert replay_on(Study.open(digits_study.path), cohort.history) == drawn


def test_a_cohort_that_a_filter_names_stays_the_one_it_was(digits_study: Study):
    cohorts = digits_study.cohorts
    first = cohorts.save("A", chosen(np.arange(0, 30), {"kind": "ids"}))
    query = 'cohort("A") and label in (1, 2, 3)'
    rows = np.flatnonzero(digits_study.table["label"][:30].isin(["1", "2", "3"]))
    second = cohorts.save("B", chosen(rows, {"kind": "filter", "filters": [query]}))
    cohorts.change(first, name="A before")
    cohorts.save("A", chosen(np.arange(30, 60), {"kind": "lasso"}))
    assert replay_on(digits_study, second.history).rows.tolist() == rows.tolist()
    (group,) = groups_of(material_of(digits_study), ["cohort:B"])
    assert not group.is_exploratory
    cohorts.delete(cohorts.get_by_name("A before"))
    assert replay_on(digits_study, second.history).rows.tolist() == rows.tolist()


def test_a_cohort_that_was_frozen_names_cohorts_as_they_were(digits_study: Study):
    cohorts = digits_study.cohorts
    first = cohorts.save("A", chosen(np.arange(0, 30), {"kind": "lasso"}))
    frozen = cohorts.freeze(cohorts.save_live("B", 'cohort("A") and label in (1, 2, 3)'))
    cohorts.change(first, name="A before")
    cohorts.save("A", chosen(np.arange(30, 60), {"kind": "ids"}))
    assert replay_on(digits_study, frozen.history).rows.tolist() == frozen.rows.tolist()
    (group,) = groups_of(material_of(digits_study), ["cohort:B"])
    assert group.is_exploratory


def test_a_group_may_name_a_live_cohort_that_holds_others_now(digits_study: Study):
    cohorts = digits_study.cohorts
    cohorts.save("odd", chosen(np.arange(0, 30), {"kind": "ids"}))
    cohorts.save_live("live", 'cohort("odd")')
    cohorts.save("mine", chosen(np.arange(5), {"kind": "filter", "filters": ['cohort("live")']}))
    cohorts.delete(cohorts.get_by_name("odd"))
    cohorts.save("odd", chosen(np.arange(9), {"kind": "ids"}))
    assert len(groups_of(material_of(digits_study), ["cohort:mine"])[0]) == 5


def test_what_was_drawn_is_drawn_again_after_images_were_added(digits_study: Study):
    count, places = len(digits_study), np.asarray(digits_study.projection)
    corners = places.mean(axis=0) + 0.5 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    colours = table_colours(digits_study.table, "label")
    event = MapEvent("lasso", "replace", polygon=corners)
    everywhere = np.ones(count, dtype=bool)
    drawn = selection_after(
        event, Selection.empty(), places, colours, "label", everywhere, (), "map"
    )
    append(digits_study, MoreDigits(count, 40))
    study = Study.open(digits_study.path)
    assert len(study) > count
    assert replay_on(study, drawn.history).rows.tolist() == drawn.rows.tolist()


@pytest.mark.parametrize("group", ["cohort:late", 'query:cohort("late")'])
def test_cohorts_of_other_images_are_no_groups(digits_study: Study, group: str):
    digests = study_digests(digits_study)
    digits_study.cohorts.save("late", chosen(np.arange(9), {"kind": "ids"}), **digests)
    assert len(groups_of(material_of(digits_study), [group])[0]) == 9
    other = digits_study.cohorts
    other.change(other.get_by_name("late"), name="kept")
    other.save("late", chosen(np.arange(9), {"kind": "ids"}), images_digest="0" * 16)
    with pytest.raises(CaeError, match="'late' was saved on other images than the study holds"):
        groups_of(material_of(digits_study), [group])
