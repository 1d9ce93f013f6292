import numpy as np
import pandas as pd
import pytest

from cae.errors import CaeError
from cae.export.folds import (
    crossing,
    fold_facts,
    kept_together,
    kinship,
    stratified_folds,
    texts_of,
)
from cae.storage import write_table
from cae.study.study import Study


def naive_groups(*groupings: np.ndarray) -> list[set[int]]:
    """Join what shares a number until nothing changes."""
    groups = [{image} for image in range(len(groupings[0]))]
    for grouping in groupings:
        for number in set(grouping.tolist()) - {-1}:
            members = set(np.flatnonzero(grouping == number).tolist())
            hit = [group for group in groups if group & members]
            groups = [group for group in groups if not group & members] + [set().union(*hit)]
    return groups


def test_what_shares_a_patient_or_a_look_is_one_group_also_by_way_of_others():
    random = np.random.default_rng(0)
    for _ in range(20):
        groupings = [random.integers(-1, 12, 30) for _ in range(2)]
        found = kept_together(*groupings)
        sets = [set(np.flatnonzero(found == one).tolist()) for one in np.unique(found)]
        assert sorted(map(sorted, sets)) == sorted(map(sorted, naive_groups(*groupings)))


@pytest.fixture
def patients() -> np.ndarray:
    return np.repeat(np.arange(40), 3)


def test_folds_hold_like_shares_of_labels_and_never_share_a_group(patients):
    labels = np.where(patients % 4 == 0, "ill", "well")
    folds = stratified_folds(labels, patients, 5)
    assert sorted(np.unique(folds)) == [0, 1, 2, 3, 4]
    assert pd.Series(folds).groupby(patients).nunique().max() == 1
    assert crossing(patients, folds) == 0
    shares = pd.Series(labels == "ill").groupby(folds).mean()
    assert shares.between(0.2, 0.3).all()
    assert np.array_equal(folds, stratified_folds(labels, patients, 5))
    facts = fold_facts(folds, labels)
    assert facts["images"] == [int((folds == fold).sum()) for fold in range(5)]
    assert sum(facts["by_label"]["ill"]) == int((labels == "ill").sum())


def test_what_cannot_be_divided_is_a_sentence(patients):
    labels = np.full(120, "x")
    with pytest.raises(CaeError, match="7 folds need as many groups .* there are 2; ask for fewer"):
        stratified_folds(labels, patients % 2, 7)
    with pytest.raises(CaeError, match="a label with as many images, but none has more than 1"):
        stratified_folds(np.arange(120).astype(str), patients, 5)
    for count in (-1, 1, 51):
        with pytest.raises(CaeError, match="ask for 2 to 50"):
            stratified_folds(labels, patients, count)


def test_images_that_cross_are_counted():
    groups, parts = np.array([0, 0, 1, 1, -1, -1]), np.array(list("ababaa"))
    assert crossing(groups, parts) == 4
    assert crossing(groups, np.array(list("aabbab"))) == 0


def test_missing_labels_are_a_label_of_their_own():
    assert texts_of(pd.Series(["a", None, np.nan, 3], dtype=object)).tolist() == [
        *("a", "missing", "missing", "3")
    ]


@pytest.mark.parametrize("column", ["lesion_id", "patient", "file"])
def test_what_an_import_keeps_in_one_split_is_in_one_fold(digits_study: Study, column: str):
    units = np.arange(len(digits_study)) // 3
    names = {"file": "{}/T1.nii"}.get(column, "unit{}")
    told = [names.format(unit) for unit in units]
    table = digits_study.samples.assign(patient=None).assign(**{column: told})
    write_table(digits_study.file("samples.parquet"), table)
    study, rows = Study.open(digits_study.path), np.arange(90)
    found = kinship(study, rows)
    folds = stratified_folds(texts_of(study.samples["label"].iloc[rows]), found.groups, 3)
    assert pd.Series(folds).groupby(units[rows]).nunique().max() == 1
    assert (found.patients >= 0).all() == (column == "patient")
