import json

import pytest

from cae.columns.titles import default_name
from cae.errors import CaeError
from cae.storage import write_table
from cae.study.cluster_names import FILE, cluster_names, name_cluster


def test_a_name_is_kept_changed_and_taken_away(digits_study):
    assert cluster_names(digits_study) == {}
    name_cluster(digits_study, 2, "  Round \n ones ")
    name_cluster(digits_study, 0, "Bars")
    assert cluster_names(digits_study) == {0: "Bars", 2: "Round ones"}
    name_cluster(digits_study, 2, "Rings")
    name_cluster(digits_study, 0, "")
    assert cluster_names(digits_study) == {2: "Rings"}


def test_the_given_name_that_says_nothing_new_is_not_kept(digits_study):
    name_cluster(digits_study, 3, "Cluster 3")
    assert cluster_names(digits_study) == {}


@pytest.mark.parametrize(
    ("cluster", "name", "words"),
    [
        (99, "x", "no cluster 99"),
        (-1, "x", "no cluster -1"),
        (1, "x" * 61, "61 characters"),
        (1, "Bars", "called 'Bars' already"),
        (1, "Cluster 2", "called 'Cluster 2' already"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_a_sentence(digits_study, cluster, name, words):
    name_cluster(digits_study, 0, "Bars")
    with pytest.raises(CaeError, match=words):
        name_cluster(digits_study, cluster, name)
    assert cluster_names(digits_study) == {0: "Bars"}


def test_names_of_another_clustering_are_forgotten(digits_study):
    name_cluster(digits_study, 0, "Bars")
    table = digits_study.clusters.assign(cluster=(digits_study.clusters["cluster"] + 2) % 3)
    with digits_study.step("cluster", {}) as files:
        write_table(files.add("clusters.parquet"), table)
    assert cluster_names(digits_study) == {}


@pytest.mark.parametrize("names", [{"a": "b"}, ["b"], None])
def test_damaged_names_are_told_in_a_sentence(digits_study, names):
    content = {"clusters": digits_study.digest("cluster"), "names": names}
    (digits_study.path / FILE).write_text(json.dumps(content))
    with pytest.raises(CaeError, match="damaged"):
        cluster_names(digits_study)


@pytest.mark.parametrize("content", ["[]", "nothing"])
def test_a_damaged_file_is_told_in_a_sentence(digits_study, content):
    (digits_study.path / FILE).write_text(content)
    with pytest.raises(CaeError, match="damaged"):
        cluster_names(digits_study)


def test_clusters_without_a_name_are_called_by_their_number():
    assert [default_name(cluster) for cluster in (-1, 0, 7)] == [
        "unclustered",
        "Cluster 0",
        "Cluster 7",
    ]
