"""What is known of a study's columns when groups are compared, corrected labels among them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cae.cohorts import compare, survival, table_one
from cae.cohorts.covariates import adjustable
from cae.cohorts.groups import groups_of
from cae.cohorts.material import material_of
from cae.cohorts.outcome import offered_events
from cae.errors import CaeError
from cae.storage import write_table
from cae.study.label_corrections import accept_suggestions, correct_labels
from cae.study.study import Study

RECORDS = {"corrected_by", "corrected_at", "corrected_how"}
ODD = np.arange(0, 90, 3)


@pytest.fixture
def study(digits_study: Study) -> Study:
    """The digits, some of whose labels anna corrected."""
    correct_labels(digits_study, ODD, "odd", "anna")
    return digits_study


def test_corrected_labels_are_neither_the_sources_nor_made_from_the_images(study: Study):
    material = material_of(study)
    assert material.derived == {"cluster", "probability", "outlier_score"}
    assert material.records == RECORDS
    without_patients = replace(material, table=material.table.assign(patient=None))
    found = compare(without_patients, "query:ink > 60")
    assert {"label", "corrected_label"} <= set(found.table().index)
    assert set(found.left_out) >= RECORDS
    assert {"Label", "Corrected label"} <= {one.by for one in found.confounding.predictions}


def test_labels_accepted_from_neighbours_are_made_from_the_images(study: Study):
    accept_suggestions(study, [200, 201], ["odd", "even"], "anna")
    material = material_of(study)
    assert "corrected_label" in material.derived
    (group,) = groups_of(material, ["corrected_label:odd"])
    assert group.ways == {"found"}
    assert "label" not in material.derived
    found = compare(study, "cluster:2", unit="image").table()
    assert pd.isna(found.loc["corrected_label", "p"])
    assert found.loc["label", "p"] <= 1
    assert "made from the same images" in found.loc["corrected_label", "remark"]


def test_they_are_compared_as_any_column_is(study: Study):
    inked = (study.samples["ink"] > 60).to_numpy()
    table = compare(study, "query:ink > 60", unit="image").table().loc["corrected_label"]
    counts = pd.crosstab(study.full_table["corrected_label"], inked).to_numpy()
    chi = stats.chi2_contingency(counts, correction=False)[0]
    assert table["measure"] == "Cramér's V"
    assert table["effect"] == pytest.approx(np.sqrt(chi / len(study)))


def test_a_group_by_either_label_is_not_told_apart_by_the_other(study: Study):
    for group in ("corrected_label:odd", "label:1", 'query:corrected_label == "odd"'):
        found = compare(study, group, unit="image")
        table = found.table()
        assert table.loc[["label", "corrected_label"], "effect"].isna().all()
        asked = {one.by for one in found.confounding.predictions}
        assert asked.isdisjoint({"Label", "Corrected label"})
    material = material_of(study)
    groups = groups_of(material, ["corrected_label:odd", "rest"])
    offered = {one.column for one in adjustable(material, groups, "image")}
    assert offered == {"ink", "site"}
    others = groups_of(material, ["query:ink > 60", "rest"])
    assert {"label", "corrected_label"} < {one.column for one in adjustable(material, others, "")}
    assert RECORDS.isdisjoint(offered_events(material).others)


def test_table_one_counts_them(study: Study):
    left = study.samples["site"] == "left"
    shown = table_one(study, ['query:site == "left"', "rest"], unit="image").table
    table = shown.assign(variable=shown["variable"].replace("", None).ffill())
    lines = table[table["variable"] == "Corrected label"].set_index("value")
    known = study.full_table["corrected_label"]
    assert set(lines.index) == set(known)
    for value, cell in lines['site == "left"'].items():
        count = int((known[left] == value).sum())
        assert cell == f"{count} ({100 * count / left.sum():.1f} %)"
    groups = ["corrected_label:odd", "corrected_label:3"]
    both = table_one(study, groups, unit="image").table
    assert list(both.columns[2:4]) == ["odd (as corrected)", "3 (as corrected)"]
    assert both.iloc[0, 2:4].tolist() == [str(len(ODD)), str((known == "3").sum())]


def test_survival_is_by_them(study: Study):
    random = np.random.default_rng(0)
    table = study.samples.assign(
        months=random.exponential(20, len(study)), died=random.integers(0, 2, len(study))
    )
    write_table(study.file("samples.parquet"), table)
    study = Study.open(study.path)
    found = survival(study, ["corrected_label:odd", "rest"], "months", "died", unit="image")
    assert [group.name for group in found.groups] == ["odd (as corrected)", "The rest"]
    assert found.groups[0].rows.tolist() == ODD.tolist()


def test_a_column_of_the_source_of_this_name_stands_aside(digits_study: Study):
    table = digits_study.samples.assign(corrected_label=["x", "y"] * 180)
    write_table(digits_study.file("samples.parquet"), table)
    study = Study.open(digits_study.path)
    correct_labels(study, ODD, "odd", "anna")
    material = material_of(study)
    assert material.records == RECORDS
    (group,) = groups_of(material, ["corrected_label:odd"])
    assert group.rows.tolist() == list(ODD)
    assert material.table["corrected_label (table)"].tolist() == ["x", "y"] * 180
    with pytest.raises(CaeError, match="no corrected label 'x'; choose one of 0, 1"):
        groups_of(material, ["corrected_label:x"])


def test_without_corrections_there_is_no_such_group(digits_study: Study):
    with pytest.raises(CaeError, match="no corrected label 'odd'; no image has a corrected label"):
        groups_of(material_of(digits_study), ["corrected_label:odd"])


def test_where_labels_tell_patients_corrected_ones_do(study: Study):
    study.manifest["identifying"] = ["label", "patient"]
    assert material_of(study).identifying == {"label", "corrected_label", "patient"}
