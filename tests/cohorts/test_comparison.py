import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cae.cohorts import compare
from cae.cohorts.comparison import Comparison
from cae.study.study import Study

FIGURES = ["effect", "low", "high", "p", "q"]


def patients(count: int = 60, seed: int = 0) -> pd.DataFrame:
    """A patient a row: two arms that differ in age and scanner."""
    random = np.random.default_rng(seed)
    arm = np.where(np.arange(count) % 2, "a", "b")
    is_a = arm == "a"
    table = pd.DataFrame(
        {
            "patient": [f"p{number}" for number in range(count)],
            "label": arm,
            "age": random.normal(60, 8, count) + 6 * is_a,
            "marker": random.exponential(2, count),
            "scanner": np.where(random.random(count) < 0.3 + 0.5 * is_a, "new", "old"),
            "stage": random.choice(["I", "II", "III"], count),
            "constant": 1,
            "empty": np.nan,
            "half": np.where(is_a, np.nan, 1.0),
            "outlier_score": random.random(count) + is_a,
        }
    )
    table.loc[3, "age"] = np.nan
    return table


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(patients(), "label:a", "label:b")


def test_each_column_has_effect_test_and_counts(found):
    table, data = found.table(), patients()
    assert table.index.tolist() == [one for one in data if one != "patient"]
    age = [data["age"][data["label"] == arm].dropna() for arm in "ab"]
    assert table.loc["age", "p"] == pytest.approx(stats.ttest_ind(*age, equal_var=False).pvalue)
    assert table.loc["age", "low"] < table.loc["age", "effect"] < table.loc["age", "high"]
    assert table.loc["age", ["known_first", "missing_first"]].tolist() == [29, 1]
    assert table.loc["marker", "test"] == "Mann–Whitney"
    assert table.loc["scanner", "measure"] == "odds ratio of old"
    assert table.loc["scanner", "effect"] < 1
    assert table.loc["stage", "measure"] == "Cramér's V"


def test_what_cannot_be_compared_says_why(found):
    table = found.table()
    assert table.loc["label", "remark"].startswith("It says who belongs to the groups")
    assert table.loc["constant", "remark"] == "Every value is the same."
    assert table.loc["empty", "remark"] == "No value is known of the first group."
    assert table.loc["half", "remark"] == "No value is known of the first group."
    assert table.loc[["label", "constant", "empty", "half"], FIGURES].isna().all(axis=None)
    alone = compare(patients(), np.array([0]), "rest").table()
    assert "The first group has one value" in alone.loc["age", "remark"]


def test_q_is_of_the_columns_that_are_not_made_from_the_images(found):
    table = found.table()
    tested = table[table["p"].notna() & ~table["made_from_images"]]
    assert tested["q"].tolist() == pytest.approx(
        stats.false_discovery_control(tested["p"]).tolist()
    )
    assert table.loc["outlier_score", "made_from_images"]
    assert np.isfinite(table.loc["outlier_score", "p"])
    assert np.isnan(table.loc["outlier_score", "q"])


def test_swapped_groups_flip_signs_and_odds_ratios(found):
    one, other = found.table(), compare(patients(), "label:b", "label:a").table()
    for column in ("age", "marker", "outlier_score"):
        assert one.loc[column, ["effect", "low", "high"]].tolist() == pytest.approx(
            (-other.loc[column, ["effect", "high", "low"]]).tolist()
        )
    ends = other.loc["scanner", ["effect", "high", "low"]].to_numpy(float)
    assert one.loc["scanner", ["effect", "low", "high"]].tolist() == pytest.approx(1 / ends)
    pd.testing.assert_frame_equal(one[["p", "q"]], other[["p", "q"]])


def test_order_of_columns_and_rows_and_more_images_of_a_patient_change_nothing(found):
    table = patients()
    random = np.random.default_rng(1)
    copies = table.loc[np.repeat(table.index, 3)].sample(frac=1, random_state=1)
    turned = copies[[*random.permutation(table.columns)]]
    again = compare(turned, "label:a", "label:b")
    assert again.counts == found.counts == (30, 30)
    pd.testing.assert_frame_equal(again.table().loc[found.table().index], found.table())
    one, other = (
        {each.by: each.auc for each in one.confounding.predictions} for one in (found, again)
    )
    for name in ("Age", "Scanner", "Stage"):
        assert one[name] == pytest.approx(other[name], abs=1e-3)


def test_what_confounds_is_told_and_what_says_the_group_is_not_asked(found):
    asked = {one.by for one in found.confounding.predictions}
    assert {"Age", "Scanner"} <= asked
    assert asked.isdisjoint({"Label", "Constant", "Empty", "Outlier score"})
    assert "Age" in found.confounding.sentence


def test_p_is_uniform_over_columns_where_the_groups_are_drawn_at_random():
    random = np.random.default_rng(2)
    table = pd.DataFrame(random.normal(size=(60, 150)), columns=[f"c{one}" for one in range(150)])
    some = random.permutation(60)[:25]
    # Confounding asks each column anew, which tells nothing here.
    found = compare(table.assign(label="x"), some[:9], np.setdiff1d(np.arange(60), some))
    assert stats.kstest(found.table()["p"].dropna(), "uniform").pvalue > 0.01
    assert (found.table()["q"].dropna() > 0.05).all()


def test_a_cluster_of_a_study_is_exploratory_and_its_own_columns_are_not_tested(
    digits_study: Study,
):
    found = compare(digits_study, "cluster:2", "rest", unit="image")
    (warning,) = [remark.text for remark in found.remarks if remark.is_warning]
    assert warning.startswith("Cluster 2 is exploratory")
    table = found.table()
    assert table.loc[["probability", "outlier_score"], "p"].isna().all()
    assert table.loc[["probability", "outlier_score"], "effect"].notna().all()
    assert table.loc["site", "q"] <= 1
    assert found.stability["Cluster 2"].draws == 20
    assert found.confounding.sentence.startswith("One group has 6 patients")
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["groups"][0]["exploratory"]
    assert {one["column"]: one for one in told["columns"]}["cluster"]["effect"] is None


def test_patients_in_both_groups_are_left_out_and_said(digits_study: Study):
    found = compare(digits_study, "label:3", "label:4")
    assert found.counts == (0, 0)
    assert any("6 patients have images in more than one group" in one.text for one in found.remarks)
    assert found.table()["effect"].isna().all()
