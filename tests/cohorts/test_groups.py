import numpy as np
import pandas as pd
import pytest

from cae.cohorts.groups import groups_of
from cae.cohorts.material import Material, material_of
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.study.cluster_names import name_cluster
from cae.study.study import Study

TABLE = pd.DataFrame(
    {
        "label": ["ill", "well", "ill", None, "well", "ill"],
        "age": [70, 40, 55, 61, np.nan, 30],
        "cluster": [0, 0, 1, -1, 1, 1],
        "probability": [0.9, 0.2, 0.8, 0.0, 0.7, 0.6],
    }
)


@pytest.fixture
def material() -> Material:
    return material_of(TABLE)


@pytest.mark.parametrize(
    ("text", "name", "rows", "columns", "is_exploratory"),
    [
        ("label:ill", "ill", [0, 2, 5], {"label"}, False),
        ("cluster:1", "Cluster 1", [2, 4, 5], {"cluster"}, True),
        ("cluster:-1", "Unclustered", [3], {"cluster"}, True),
        ("query:age > 60", "age > 60", [0, 3], {"age"}, False),
        ('query: label == "a:b" or age < 50', 'label == "a:b" or age < 50', [1, 5], None, False),
        ("query:probability > 0.75", "probability > 0.75", [0, 2], {"probability"}, True),
    ],
)
def test_a_text_is_a_group(material, text, name, rows, columns, is_exploratory):
    (group,) = groups_of(material, [text])
    assert (group.name, group.rows.tolist()) == (name, rows)
    assert group.columns == (columns or {"label", "age"})
    assert group.is_exploratory == is_exploratory
    assert bool(group.reason) == is_exploratory


def test_the_rest_is_what_others_leave_and_inherits_how_they_came_about(material):
    rest, cluster, rows = groups_of(material, ["rest", "cluster:0", np.array([2, 5])])
    assert rest.rows.tolist() == [3, 4]
    assert rest.columns == {"cluster"}
    assert rest.is_exploratory
    assert (cluster.kind, rows.kind) == ("cluster", "rows")


def test_a_selection_tells_what_it_was_made_by(material):
    filtered = {"kind": "filter", "filters": ["age > 20"]}
    lasso = {"kind": "lasso", "shown": {"column": "label"}}
    selection = Selection.empty().combine(np.arange(6), "replace", filtered)
    (plain,) = groups_of(material, [selection])
    assert (plain.columns, plain.ways, plain.steps) == ({"age"}, set(), (("filter", 6),))
    selection = selection.combine(np.array([1, 2]), "intersect", lasso)
    inverted = Selection.empty().combine(
        np.array([0, 3]), "replace", {"kind": "invert", "of": list(selection.history)}
    )
    (drawn,) = groups_of(material, [inverted])
    assert drawn.columns == {"age", "label"}
    assert drawn.ways == {"drawn"}
    assert "drawn on a map that was made from these images" in drawn.reason


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["rest"], "beside another group"),
        (["rest", "rest"], "beside another group"),
        (["rest", "label:ill", "rest"], "beside another group"),
        (["label:ill", "query:age > 60"], "1 of the images of ill are in age > 60, too"),
        (["label:dead"], "no label 'dead'; choose one of ill, well"),
        (["label:nan"], "no label 'nan'"),
        (["cluster:7"], "no cluster 7; choose one of -1, 0, 1"),
        (["cluster:x"], "no cluster x"),
        (["query:age > 100"], "No image is in age > 100"),
        (
            ["label:ill", 'query:label != "ill" or label is missing', "rest"],
            "No image is in The re",
        ),
        (["cohort:odd"], "A table alone knows no cohort 'odd'"),
        (["illness"], "'illness' is no group; write cohort:NAME"),
        ([np.array([3, 6])], "more than the 6 images"),
    ],
)
def test_what_is_no_group_is_refused_in_a_sentence(material, asked, said):
    with pytest.raises(CaeError, match=said.replace(".", r"\.")):
        groups_of(material, asked)


def test_cohorts_and_remembered_selections_of_a_study(digits_study: Study):
    lasso = Selection.empty().combine(np.array([5, 9]), "replace", {"kind": "lasso"})
    digits_study.cohorts.save("odd ones", lasso)
    clicked = Selection.empty().combine(np.array([1]), "replace", {"kind": "click"})
    token = digits_study.cohorts.remember(clicked)
    groups = groups_of(material_of(digits_study), ["cohort: odd ones", f"selection:{token}"])
    assert [group.rows.tolist() for group in groups] == [[5, 9], [1]]
    assert [group.ways for group in groups] == [{"drawn"}, {"picked"}]
    with pytest.raises(CaeError, match="unknown or forgotten"):
        groups_of(material_of(digits_study), ["selection:none"])


def test_clusters_go_by_the_names_they_were_given(digits_study):
    name_cluster(digits_study, 1, "Loops")
    members = np.flatnonzero(digits_study.clusters["cluster"] == 1).tolist()
    material = material_of(digits_study)
    for text in ("cluster:Loops", "cluster:1", "cluster:Cluster 1", 'query:cluster == "Loops"'):
        (group,) = groups_of(material, [text])
        assert group.rows.tolist() == members
        assert "Loops" in group.name
        assert group.is_exploratory
    with pytest.raises(CaeError, match="There is no cluster Lops; choose one of .*Loops"):
        groups_of(material, ["cluster:Lops"])
