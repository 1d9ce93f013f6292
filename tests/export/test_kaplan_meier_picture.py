import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from cae.cohorts import survival
from cae.cohorts.groups import Group
from cae.export.kaplan_meier_picture import kaplan_meier_picture, picture_words
from tests.cohorts.leukaemia import ARM, DRUG, PLACEBO, trial

SVG = "{http://www.w3.org/2000/svg}"
GROUPS = [f"label:{DRUG}", f"label:{PLACEBO}"]


def drawn(found) -> ElementTree.Element:
    return ElementTree.fromstring(kaplan_meier_picture(found))


def words(picture: ElementTree.Element) -> list[str]:
    return [str(one.text) for one in picture.iter(f"{SVG}text")]


def curves(picture: ElementTree.Element) -> list[np.ndarray]:
    """The corners of each curve in the picture's pixels."""
    paths = [one.get("d") for one in picture.iter(f"{SVG}path") if one.get("stroke-dasharray")]
    lines = [re.findall(r"[\d.]+", path) for path in paths if "L" in path]
    return [np.array(line, dtype=float).reshape(-1, 2) for line in lines]


def test_steps_stand_where_the_estimate_has_them():
    found = survival(trial(), GROUPS, "weeks", "relapse")
    for corners, curve in zip(curves(drawn(found)), found.curves, strict=True):
        left, bottom = 64, 300 + 12 + 36
        times = (corners[:, 0] - left) / (720 - left - 24) * 35
        shares = (bottom - corners[:, 1]) / 300
        np.testing.assert_allclose(times[1:-1:2], curve.times, atol=0.01)
        np.testing.assert_allclose(shares[2::2], curve.probability, atol=3e-4)
        np.testing.assert_allclose(shares[1::2], np.append(1, curve.probability), atol=3e-4)
        assert times[-1] == pytest.approx(curve.until, abs=0.01)


def test_numbers_at_risk_stand_below_the_ticks():
    found = survival(trial(), GROUPS, "weeks", "relapse")
    told = words(drawn(found))
    ticks = np.arange(0, 36, 5)
    assert [f"{tick:g}" for tick in ticks] == told[5 : 5 + len(ticks)]
    for curve in found.curves:
        numbers = [str(one) for one in curve.at_risk_at(ticks)]
        assert any(told[start : start + len(ticks)] == numbers for start in range(len(told)))


def test_names_do_not_run_and_words_tell_what_the_picture_shows():
    name = "<script>alert(1)</script> & “a”"
    groups = [Group(name, np.flatnonzero(ARM == 0), "rows"), "rest"]
    found = survival(trial(), groups, "weeks", "relapse")
    picture = drawn(found)
    assert not list(picture.iter(f"{SVG}script"))
    assert words(picture).count(name) == 2
    assert picture.find(f"{SVG}title").text == picture_words(found)
    assert "median (95 % interval) 23 (13 to not reached)" in picture_words(found)


@pytest.mark.parametrize("scale", [0.0, 1e-4, 1.0, 3e5])
def test_any_scale_of_time_can_be_drawn(scale):
    table = trial().assign(weeks=trial()["weeks"] * scale)
    found = survival(table, GROUPS, "weeks", "relapse")
    for corners in curves(drawn(found)):
        assert corners[:, 0].min() == 64
        assert corners[:, 0].max() <= 720 - 24 + 0.1
    hidden = survival(table, GROUPS, "weeks", "relapse", suppress=30)
    assert "*" in words(drawn(hidden))


def test_a_group_without_events_is_a_flat_line():
    table = pd.DataFrame({"label": list("aab"), "days": [2.0, 3, 4], "dead": [0, 0, 1]})
    flat, _ = curves(drawn(survival(table, ["label:a", "label:b"], "days", "dead")))
    assert len(set(flat[:, 1])) == 1
