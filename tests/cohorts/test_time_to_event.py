import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from cae.cohorts import survival
from cae.cohorts.hazards import log_rank
from cae.cohorts.remark import texts_of
from cae.errors import CaeError
from tests.cohorts.leukaemia import ARM, DRUG, PLACEBO, RELAPSED, WEEKS, trial

GROUPS = [f"label:{DRUG}", f"label:{PLACEBO}"]


def test_figures_are_told_in_sentences_first_against_second():
    found = survival(trial(), GROUPS, "weeks", "relapse")
    ratio, test, proportional = texts_of(found.verdict)
    assert ratio == (
        "Hazard ratio of 6-MP to placebo: 0.208 (95 % interval 0.0925 to 0.466), p <0.001."
    )
    assert test == "Log-rank test: χ² 16.79, 1 degree of freedom, p <0.001."
    assert proportional.startswith("Nothing speaks against proportional hazards")
    assert found.summary().to_numpy().tolist() == [
        ["6-MP", "21", "9", "23 (13 to not reached)", "25"],
        ["placebo", "21", "21", "8 (4 to 11)", "not reached"],
    ]
    assert "Relapse is read so: “yes” is the event, “no” is not yet (censored)." in texts_of(
        found.remarks
    )
    turned = survival(trial(), GROUPS[::-1], "weeks", "relapse")
    assert turned.verdict[0].text.startswith("Hazard ratio of placebo to 6-MP: 4.82 (")


def test_several_images_of_a_patient_count_once():
    table = trial().assign(patient=[f"p{row}" for row in range(42)])
    twice = pd.concat([table, table.assign(weeks=table["weeks"] / 2)], ignore_index=True)
    once, both = (survival(one, GROUPS, "weeks", "relapse") for one in (table, twice))
    assert both.unit == "patient"
    assert both.verdict == once.verdict
    pd.testing.assert_frame_equal(both.table(), once.table())
    assert "Of 42 patients the images tell different times or events." in texts_of(both.remarks)


def test_three_groups_are_compared_with_the_second():
    third = np.arange(42) % 3
    found = survival(
        trial(), [np.flatnonzero(third == one) for one in range(3)], "weeks", "relapse"
    )
    assert [one.group for one in found.hazards.ratios] == [0, 2]
    assert found.log_rank == log_rank(WEEKS, RELAPSED, third)
    assert found.log_rank.freedom == 2


def test_small_numbers_at_risk_end_the_curves():
    found = survival(trial(), GROUPS, "weeks", "relapse", suppress=5)
    drug, placebo = found.curves
    weeks = np.sort(WEEKS[ARM == 1])
    assert found.shown_until(placebo) == max(one for one in weeks if (weeks >= one).sum() >= 5)
    assert found.at_risk_text(placebo, np.array([0.0, 12, 15, 40])) == ["21", "6", "*", "0"]
    assert found.table()["at_risk"].min() >= 5
    assert any("Curves end where fewer than 5" in remark.text for remark in found.remarks)
    hidden = survival(trial(), GROUPS, "weeks", "relapse", suppress=22)
    assert hidden.summary()["images"].tolist() == ["*", "*"]
    assert hidden.table()["at_risk"].tolist() == ["*", "*"]
    assert [hidden.shown_until(curve) for curve in hidden.curves] == [0, 0]
    assert drug.median == 23
    assert hidden.summary()["median (95 % interval)"].tolist() == ["not shown"] * 2


def test_nothing_tells_of_few_what_is_hidden():
    few = pd.DataFrame(
        {
            "label": ["few"] * 3 + ["many"] * 20,
            "weeks": [3.0, 8.5, 17.25, *range(1, 21)],
            "dead": [1, 1, 0, *[1] * 18, 0, 0],
        }
    )
    groups = ["label:few", "label:many"]
    found = survival(few, groups, "weeks", "dead", suppress=5)
    small, large = found.summary().to_dict(orient="records")
    assert list(small.values())[1:] == ["*", "*", "not shown", "not shown"]
    # Of 20, 18 events would tell that 2 had none.
    assert (large["images"], large["events"]) == ("20", "*")
    assert texts_of(found.verdict) == ["Nothing is tested, since a group is of fewer than 5."]
    assert found.log_rank is None
    assert found.hazards.ratios == ()
    told = json.dumps(found.to_dict())
    assert "17.25" not in told
    assert "8.5" not in told
    assert survival(few, groups, "weeks", "dead").summary()["events"].tolist() == ["2", "18"]


def test_columns_that_are_not_named_are_asked_for_with_those_that_look_like_it():
    with pytest.raises(CaeError, match=r"column of the time; by its name it could be weeks\."):
        survival(trial(), GROUPS)
    with pytest.raises(CaeError, match=r"column of the event; by its name it could be relapse\."):
        survival(trial(), GROUPS, "weeks")
    plain = trial().rename(columns={"weeks": "a", "relapse": "b"})
    with pytest.raises(CaeError, match="none looks like it by its name, and a could be"):
        survival(plain, GROUPS)


def test_what_cannot_be_tested_says_why():
    alone = survival(trial(), GROUPS[:1], "weeks", "relapse")
    assert texts_of(alone.verdict) == ["One group is compared with nothing."]
    circular = survival(trial(), ["query:weeks > 10", "rest"], "weeks", "relapse")
    assert "says who belongs to the groups" in circular.reason
    assert (circular.log_rank, circular.hazards.ratios) == (None, ())
    nobody = trial().assign(relapse="no")
    assert "no event occurred while" in survival(nobody, GROUPS, "weeks", "relapse").reason
    lacking = trial()
    lacking.loc[ARM == 0, "weeks"] = np.nan
    with pytest.raises(CaeError, match="No image of 6-MP has a time and an event"):
        survival(lacking, GROUPS, "weeks", "relapse")
    with pytest.raises(CaeError, match="name at least one"):
        survival(trial(), [], "weeks", "relapse")


def test_all_of_it_is_json():
    found = survival(trial(), GROUPS, "weeks", "relapse").to_dict()
    told = json.loads(json.dumps(found, allow_nan=False))
    (ratio,) = told["hazards"]["ratios"]
    assert (ratio["group"], ratio["against"]) == (DRUG, PLACEBO)
    assert told["log_rank"]["statistic"] == pytest.approx(16.79, abs=0.005)
    assert len(told["curves"]) == 2 + 7 + 12
    assert told["curves"][0]["at_risk"] == 21
    assert told["curves"][-1]["low"] is None


def test_ratios_that_cannot_be_adjusted_say_why():
    table = trial().assign(known_of_one=np.where(ARM == 0, 1.0 * np.arange(42), np.nan))
    found = survival(table, GROUPS, "weeks", "relapse", adjust=["known_of_one"])
    assert found.adjusted.ratios == ()
    assert "has a value of what is adjusted for" in found.adjusted.reason
    assert any(found.adjusted.reason in one.text for one in found.verdict)


def test_curves_that_cross_are_warned_of():
    random = np.random.default_rng(3)
    group = np.arange(400) % 2
    crossing = np.where(group == 0, random.weibull(0.6, 400), random.weibull(3.0, 400))
    table = pd.DataFrame({"label": group.astype(str), "weeks": crossing, "dead": 1})
    table.loc[0, "dead"] = 0
    found = survival(table, ["label:0", "label:1"], "weeks", "dead")
    (warning,) = [one.text for one in found.verdict if one.is_warning]
    assert warning.startswith("Hazards are not proportional (χ² ")


def test_a_group_that_images_made_is_exploratory():
    table = trial().assign(cluster=ARM)
    found = survival(table, ["cluster:0", "rest"], "weeks", "relapse")
    (warning,) = [remark.text for remark in found.remarks if remark.is_warning]
    assert "is exploratory: it was found" in warning
    assert found.log_rank is not None


def test_ratios_are_adjusted_for_columns_beside_the_plain_ones():
    random = np.random.default_rng(6)
    table = trial().assign(
        white_cells=random.normal(3, 1, 42).round(2),
        sex=random.choice(["f", "m"], 42),
        clinic=random.choice(["x", "y", "z"], 42),
    )
    table.loc[3, "white_cells"] = np.nan
    columns = ["white_cells", "clinic"]
    found = survival(table, GROUPS, "weeks", "relapse", adjust=columns)
    kept = table["white_cells"].notna().to_numpy()
    design = np.column_stack(
        [ARM == 0, table["white_cells"], table["clinic"] == "y", table["clinic"] == "z"]
    ).astype(float)[kept]
    library = PHReg(WEEKS[kept], design, RELAPSED[kept], ties="efron").fit(disp=0)
    (ratio,) = found.adjusted.ratios
    assert np.log(ratio.value) == pytest.approx(library.params[0], abs=1e-5)
    assert found.hazards == survival(table, GROUPS, "weeks", "relapse").hazards
    said = [one for one in texts_of(found.verdict) if "adjusted for White cells, Clinic: " in one]
    assert len(said) == 1
    assert any(one.text.startswith("1 image without a value") for one in found.remarks)
    assert not any("numbers that are adjusted for" in one.text for one in found.remarks)
    more = survival(table, GROUPS, "weeks", "relapse", adjust=[*columns, "sex"])
    assert any("30 events for 4 numbers" in one.text for one in more.remarks)
    assert found.to_dict()["adjusted_for"] == ["White cells", "Clinic"]
    for name in ("label", "lost"):
        with pytest.raises(CaeError, match=f"cannot be adjusted for '{name}'; choose of: "):
            survival(table, GROUPS, "weeks", "relapse", adjust=[name])
