"""What can be chosen on the page Compare, and which images it stands for."""

import numpy as np
import pytest

from cae.cohorts.groups import REST
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.export.provenance import study_digests
from cae.study.cluster_names import name_cluster
from cae.study.label_corrections import correct_labels, undo_correction
from cae.study.study import Study
from pages.components.compare import groups as module
from pages.components.compare.groups import group_key, group_title, groups_named, offered_groups
from pages.components.state import session
from pages.components.state.view import View

IDS = {"kind": "ids"}


def selected(rows: list[int], event: dict | None = None) -> Selection:
    return Selection.empty().combine(np.array(rows), "replace", event or IDS)


@pytest.fixture
def look(digits_study: Study, monkeypatch: pytest.MonkeyPatch):
    """Let a session look at the study with a selection."""

    def looking(selection: Selection | None = None) -> None:
        token = digits_study.cohorts.remember(selection) if selection else ""
        monkeypatch.setattr(session, "view", lambda: View(selection=token))
        monkeypatch.setattr(session, "current_selection", lambda: selection or Selection.empty())

    looking()
    return looking


def test_selection_cohorts_clusters_and_labels_are_offered(digits_study, look):
    saved = digits_study.cohorts.save("odd <ones>", selected([3, 5, 8]))
    look(selected([1, 2]))
    offered = offered_groups(digits_study)
    names = list(offered)
    assert names[:2] == ["selection", f"cohort:{saved.id}"]
    assert offered["selection"] == "The selection (2)"
    assert offered[f"cohort:{saved.id}"] == "Cohort “odd <ones>” (3)"
    clusters = digits_study.clusters["cluster"]
    numbers = sorted(set(clusters))
    expected = [f"cluster:{number}" for number in numbers if number >= 0]
    assert names[2 : 2 + len(expected)] == expected
    assert offered["cluster:0"] == f"Cluster 0 ({(clusters == 0).sum()})"
    assert offered["cluster:-1"] == f"Unclustered ({(clusters == -1).sum()})"
    labels = digits_study.samples["label"]
    assert offered["label:3"] == f"Label 3 ({(labels == '3').sum()})"
    assert REST not in offered


def test_corrected_labels_are_offered_beside_those_of_the_source(digits_study, look):
    before = module.study_material(digits_study)
    assert not any(name.startswith("corrected") for name in offered_groups(digits_study))
    correct_labels(digits_study, [1, 2], "odd", "anna")
    offered = offered_groups(digits_study)
    assert offered["corrected_label:odd"] == "Corrected label odd (2)"
    assert "label:3" in offered
    (group, _) = groups_named(digits_study, ("corrected_label:odd", "rest"))
    assert group.rows.tolist() == [1, 2]
    assert module.study_material(digits_study) is not before
    undo_correction(digits_study)
    with pytest.raises(CaeError, match="no image has a corrected label"):
        groups_named(digits_study, ("corrected_label:odd", "rest"))


def test_without_a_selection_none_is_offered(digits_study, look):
    assert "selection" not in offered_groups(digits_study)
    with pytest.raises(CaeError, match="Nothing is selected"):
        groups_named(digits_study, ("selection", "rest"))


def test_names_stand_for_the_images_that_the_library_finds(digits_study, look):
    saved = digits_study.cohorts.save("odd", selected([3, 5, 8]))
    look(selected([1, 2], {"kind": "lasso"}))
    cohort, chosen, rest = groups_named(digits_study, (f"cohort:{saved.id}", "selection", "rest"))
    assert (cohort.name, cohort.rows.tolist()) == ("odd", [3, 5, 8])
    assert (chosen.name, chosen.rows.tolist()) == ("Selection", [1, 2])
    assert chosen.is_exploratory
    assert not cohort.is_exploratory
    assert len(rest) == 355


def test_a_cluster_has_the_name_that_it_was_given(digits_study, look):
    name_cluster(digits_study, 2, "Ventricles")
    assert offered_groups(digits_study)["cluster:2"].startswith("Ventricles (")
    named, other = groups_named(digits_study, ("cluster:2", "cluster:3"))
    assert (named.name, other.name) == ("Ventricles", "Cluster 3")
    assert named.rows.tolist() == np.flatnonzero(digits_study.clusters["cluster"] == 2).tolist()
    assert named.reason.startswith("Ventricles is exploratory")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("cohort:99", "rest"), "99"),
        (("cohort:" + "9" * 5000, "rest"), "There is no cohort named"),
        (("cohort:²", "rest"), "There is no cohort named"),
        (("cluster:77", "rest"), "There is no cluster 77; choose one of"),
        (("label:none", "rest"), "There is no label 'none'"),
        (("nonsense", "rest"), "'nonsense' is no group"),
        (("rest", "rest"), "name it once"),
        (("label:1", "label:1"), "are in 1, too"),
        (("query:ink >", "rest"), "ink"),
        (("query:ink > 0", "rest"), "No image is in The rest"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(digits_study, look, names, said):
    with pytest.raises(CaeError, match=said):
        groups_named(digits_study, names)


def test_a_cohort_of_other_images_is_neither_offered_nor_compared(digits_study, look):
    there = digits_study.cohorts.save("mine", selected([1]), **study_digests(digits_study))
    other = {**study_digests(digits_study), "images_digest": "0" * 64}
    elsewhere = digits_study.cohorts.save("theirs", selected([2]), **other)
    beyond = digits_study.cohorts.save("beyond", selected([360]))
    offered = offered_groups(digits_study)
    assert f"cohort:{there.id}" in offered
    assert f"cohort:{elsewhere.id}" not in offered
    assert f"cohort:{beyond.id}" not in offered
    for cohort in (elsewhere, beyond):
        with pytest.raises(CaeError, match="saved on other images"):
            groups_named(digits_study, (f"cohort:{cohort.id}", "rest"))


def test_a_link_to_what_is_not_offered_is_shown_as_it_is(digits_study, look):
    offered = offered_groups(digits_study)
    assert group_title("query:ink > 40", offered) == "query:ink > 40"
    assert group_title("rest", offered) == "The rest"
    assert group_title("label:1", offered) == offered["label:1"]


def test_keys_differ_where_results_may(digits_study, look, monkeypatch):
    first, second = groups_named(digits_study, ("cluster:1", "rest"))
    assert group_key(first) == group_key(groups_named(digits_study, ("cluster:1", "rest"))[0])
    assert group_key(first) != group_key(second)
    name_cluster(digits_study, 1, "Other")
    assert group_key(first) != group_key(groups_named(digits_study, ("cluster:1", "rest"))[0])
    assert module.study_material(digits_study) is module.study_material(digits_study)
