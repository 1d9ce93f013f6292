import numpy as np
import pandas as pd
import pytest

from cae.cohorts import table_one
from cae.cohorts.attrition import Attrition, Change
from cae.cohorts.characteristics import standardised_difference
from cae.cohorts.selection import Selection
from cae.cohorts.suppression import SUPPRESSED
from cae.errors import CaeError
from tests.cohorts.searched import SEARCHED, save_searched


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    """The table that the figures of tableone below are of."""
    random = np.random.default_rng(5)
    count = 90
    table = pd.DataFrame(
        {
            "label": np.repeat(["a", "b", "c"], 30),
            "age": np.round(random.normal(60, 9, count) + np.repeat([0, 4, 9], 30), 1),
            "marker": np.round(np.exp(random.normal(0, 1.2, count)), 3),
            "sex": random.choice(["f", "m"], count),
            "stage": random.choice(["I", "II", "III"], count, p=[0.5, 0.3, 0.2]),
        }
    )
    table.loc[[3, 40, 77], "age"] = np.nan
    return table


def lines(table: pd.DataFrame, title: str) -> pd.DataFrame:
    named = table.assign(variable=table["variable"].replace("", None).ffill())
    return named[named["variable"] == title].set_index("value")


def test_figures_are_those_of_tableone(trial):
    """tableone 0.9.6 with scipy 1.17.1 and pandas 2.3.3, smd=True, nonnormal=["marker"]."""
    found = table_one(trial, ["label:a", "label:b", "label:c"]).table
    assert found.iloc[0, 2:5].tolist() == ["30", "30", "30"]
    age = lines(found, "Age").loc["mean (SD)"]
    means, deviations = zip(*(text.rstrip(")").split(" (") for text in age["a":"c"]), strict=True)
    assert np.array(means, float) == pytest.approx([57.8, 61.7, 67.6], abs=0.0501)
    assert np.array(deviations, float) == pytest.approx([8.0, 9.1, 6.9], abs=0.0501)
    assert age["SMD"] == "1.295"
    assert (age["test"], age["p"]) == ("Welch's ANOVA", "<0.001")
    assert lines(found, "Age").loc["missing", ["a", "b", "c"]].tolist() == ["1", "1", "1"]
    marker = lines(found, "Marker").loc["median [quartiles]"]
    assert marker["test"] == "Kruskal–Wallis"
    assert marker["p"] == "0.138"
    assert float(marker["SMD"]) == pytest.approx(0.337, abs=0.0011)
    sex = lines(found, "Sex")
    assert sex.loc["f", ["a", "b", "c"]].tolist() == ["22 (73.3 %)", "20 (66.7 %)", "13 (43.3 %)"]
    assert sex.loc["f", ["SMD", "test", "p"]].tolist() == ["0.639", "χ²", "0.044"]
    stage = lines(found, "Stage")
    assert stage.loc["II", ["a", "b", "c"]].tolist() == ["2 (6.7 %)", "10 (33.3 %)", "4 (13.3 %)"]
    assert stage.loc["I", ["SMD", "test", "p"]].tolist() == ["0.707", "χ²", "0.085"]


def test_two_groups_are_tested_as_two_are(trial):
    """As before; the p of sex is without Yates's correction, which tableone makes."""
    found = table_one(trial, ["label:a", "label:b"]).table
    assert lines(found, "Age").loc["mean (SD)", ["SMD", "test", "p"]].tolist() == [
        *("0.443", "Welch's t", "0.097"),
    ]
    marker = lines(found, "Marker").loc["median [quartiles]"]
    # There Kruskal–Wallis is made, which knows no correction for continuity.
    assert marker["test"] == "Mann–Whitney"
    assert float(marker["p"]) == pytest.approx(0.086, abs=0.0025)
    assert lines(found, "Sex").loc["f", "SMD"] == "0.146"
    assert lines(found, "Stage").loc["I", ["SMD", "p"]].tolist() == ["0.707", "0.036"]


def test_the_difference_of_shares_by_hand():
    first, second = np.array([22, 8]), np.array([20, 10])
    p, q = 8 / 30, 10 / 30
    by_hand = abs(p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert standardised_difference(first, second) == pytest.approx(by_hand)
    assert standardised_difference(first[::-1], second[::-1]) == pytest.approx(by_hand)
    three, other = np.array([5, 9, 2]), np.array([4, 4, 8])
    turned = [2, 0, 1]
    assert standardised_difference(three, other) == pytest.approx(
        standardised_difference(three[turned], other[turned])
    )
    assert standardised_difference(np.array([4, 0]), np.array([0, 9])) == np.inf
    assert standardised_difference(three, three) == 0


def test_small_counts_and_what_tells_them_are_hidden():
    table = pd.DataFrame(
        {
            "label": ["a"] * 52 + ["b"] * 60,
            "grade": ["low"] * 3 + ["mid"] * 9 + ["high"] * 40 + ["low"] * 30 + ["high"] * 30,
            "age": [np.nan] * 2 + [*np.linspace(40, 80, 50), *np.linspace(45, 85, 60)],
        }
    )
    shown = table_one(table, ["label:a", "label:b"])
    hidden = table_one(table, ["label:a", "label:b"], suppress=5)
    grade = lines(hidden.table, "Grade")
    assert grade["a"].to_dict() == {"high": "40", "low": SUPPRESSED, "mid": SUPPRESSED}
    assert grade.loc["low", "b"] == "30 (50.0 %)"
    assert grade[["SMD", "test", "p", "q"]].eq("").all(axis=None)
    assert lines(hidden.table, "Age").loc["missing"][["a", "b"]].tolist() == [SUPPRESSED, "0"]
    assert lines(shown.table, "Grade").loc["low", "a"] == "3 (5.8 %)"
    assert any("stands for counts from 1 to 4" in remark.text for remark in hidden.remarks)


def test_one_group_is_described_and_none_is_refused(trial):
    found = table_one(trial, ["label:a"]).table
    assert found[["SMD", "test", "p", "q"]].eq("").all(axis=None)
    with pytest.raises(CaeError, match="name at least one"):
        table_one(trial, [])


def test_groups_of_one_and_columns_of_nothing_do_no_harm():
    table = pd.DataFrame(
        {
            "label": ["a", "b", "b"],
            "age": [50, 60.5, 61],
            "empty": None,
            "day": pd.to_datetime(["2020-02-03", None, "2021-01-01"]),
        }
    )
    found = table_one(table, ["label:a", "label:b"]).table
    assert lines(found, "Age")[["SMD", "test"]].eq("").all(axis=None)
    assert lines(found, "Empty")["b"].tolist() == ["2"]
    assert lines(found, "Day").iloc[0]["a"] == "2020-02-03 [2020-02-03, 2020-02-03]"


def test_groups_of_one_name_are_told_apart(trial):
    found = table_one(trial, [np.arange(3), "query:age > 200 or sex == 'f' and label == 'b'"])
    assert found.table.columns[2:4].tolist() == [
        "Group 1",
        "age > 200 or sex == 'f' and label == 'b'",
    ]
    assert len(found.columns) == len(found.table)


def test_how_groups_came_about_is_noted(trial):
    rows = np.flatnonzero(trial["age"] > 60)
    event = {"kind": "filter", "filters": ["age > 60"]}
    found = table_one(trial, [Selection.empty().combine(rows, "replace", event), "rest"])
    assert found.notes[-1] == (
        f"Selection 1: Of 90 images, {90 - len(rows)} left out: age > 60 does not hold "
        f"(3 without a value); {len(rows)} remain."
    )


def test_how_a_group_came_about_is_told_by_what_is_given_for_it(trial):
    rows = np.flatnonzero(trial["age"] > 60)
    event = {"kind": "filter", "filters": ["age > 60"]}
    selected = Selection.empty().combine(rows, "replace", event)
    told = Attrition((Change("all of it", 0, 0, 90), Change("looked at", 80, 0, 10)))
    asked = []

    def flow_of(history):
        asked.append(history)
        return told

    found = table_one(trial, [selected, "rest"], flow_of=flow_of)
    assert found.flows == (("Selection 1", told),)
    assert asked == [selected.history]
    hidden = table_one(trial, [selected, "rest"], suppress=11, flow_of=flow_of)
    assert hidden.flows == ()


def test_a_study_alone_tells_what_is_at_hand(digits_study):
    save_searched(digits_study)
    flows = dict(table_one(digits_study, [f"cohort:{SEARCHED}", "rest"], "image").flows)
    assert "what it searched in is not at hand" in flows[SEARCHED].remark
    assert flows[SEARCHED].changes[-1].left == 30


def test_a_share_that_is_not_all_does_not_read_as_all():
    table = pd.DataFrame({"label": ["ill"] + ["well"] * 4999, "half": ["a", "b"] * 2500})
    found = table_one(table, ['query:half == "a"', "rest"]).table
    cells = found.set_index("value")[found.columns[2]]
    assert cells["ill"] == "1 (<0.1 %)"
    assert cells["well"] == "2499 (>99.9 %)"


def test_means_below_nothing_have_minus_signs():
    below = np.random.default_rng(0).normal(-22.71, 0.01, 200)
    table = pd.DataFrame({"below": below, "half": ["a", "b"] * 100})
    text = table_one(table, ['query:half == "a"', "rest"]).table.to_csv()
    assert "−22.71" in text
    assert "-22" not in text


def test_clusters_are_counted_by_name_however_many_there_are():
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {"label": np.repeat(["a", "b"], 200), "cluster": random.integers(-1, 12, 400)}
    )
    found = lines(table_one(table, ["label:a", "label:b"]).table, "Cluster")
    assert found.index.tolist() == ["unclustered", *map(str, range(12))]
    assert found["test"].iloc[0] == "χ²"
