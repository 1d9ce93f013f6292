import math
import re

import pytest

from cae.cohorts.comparison import ColumnDifference
from cae.cohorts.effect import MEDIANS, ODDS_RATIO, Effect
from cae.cohorts.significance import Significance
from cae.cohorts.variables import CATEGORY, DATE, NUMBER, Variable
from pages.components.compare.differences_table import differences_table

SMD = "standardised mean difference"


def column(name: str, effect: Effect | None, kind: str = NUMBER, **changes) -> ColumnDifference:
    return ColumnDifference(Variable(name, kind), (40, 60), (1, 0), effect, **changes)


def lines(shown: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", shown)[1:]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def places(shown: str) -> list[tuple[float, float, float]]:
    """Start, end and dot of each interval, in per cent of the width."""
    found = re.findall(
        r'<i style="left:([\d.]+)%;width:([\d.]+)%"></i><b style="left:([\d.]+)%"', shown
    )
    return [(float(start), float(start) + float(long), float(dot)) for start, long, dot in found]


def test_effects_come_before_tests():
    shown = differences_table(
        [
            column(
                "age",
                Effect(SMD, 0.5, 0.25, 0.75),
                significance=Significance("Welch's t", 0.0004),
                q=0.012,
            )
        ]
    )
    (line,) = lines(shown)
    assert line[0].startswith("<strong>Age</strong>")
    assert SMD in line[0]
    assert line[1] == "<strong>0.5 (0.25 to 0.75)</strong>"
    assert line[3:8] == ["Welch&#x27;s t", "&lt;0.001", "0.012", "40 / 60", "1 / 0"]
    assert places(shown) == [(62.5, 87.5, 75)]


def test_a_column_without_effect_says_why():
    shown = differences_table([column("x", None, reason="Every value is the same.")])
    (line,) = lines(shown)
    assert line[1:6] == ["–", "", "–", "–", "–"]
    assert line[-1] == "Every value is the same."


def test_standardised_differences_share_a_scale():
    shown = differences_table(
        [column("a", Effect(SMD, 1, 0, 2)), column("b", Effect(SMD, -0.5, -1, 0))]
    )
    assert places(shown) == [(50, 100, 75), (25, 50, 37.5)]


def test_half_and_double_odds_are_equally_far_from_even_odds():
    effects = [
        Effect(f"{ODDS_RATIO} of yes", 2.0, 1.0, 4.0),
        Effect(f"{ODDS_RATIO} of left", 0.5, 0.25, 1.0),
    ]
    shown = differences_table([column("c", effect, CATEGORY) for effect in effects])
    assert places(shown) == [(50, 100, 75), (0, 50, 25)]
    assert shown.count("no difference is 1") == 2


def test_one_odd_interval_leaves_room_for_others():
    effects = [Effect(SMD, 0.8, 0.4, 1.2), Effect(SMD, 9, -90, 108)]
    shown = differences_table([column("a", effect) for effect in effects])
    assert places(shown) == [(55, 65, 60), (0, 100, 100)]


def test_differences_of_medians_have_scales_of_their_own_and_dates_are_in_days():
    shown = differences_table(
        [
            column("ink", Effect(MEDIANS, 500, 0, 1000)),
            column("seen", Effect(MEDIANS, -3, -6, 3), DATE),
            column("none", Effect(MEDIANS, 0, 0, 0)),
        ]
    )
    assert places(shown) == [(50, 100, 75), (0, 75, 25), (50, 50, 50)]
    assert lines(shown)[1][1] == "<strong>−3 days (−6 to 3)</strong>"


def test_what_was_made_from_the_images_is_marked():
    made = Variable("cluster", CATEGORY, is_derived=True)
    shown = differences_table([ColumnDifference(made, (3, 4), (0, 0), reason="Not tested.")])
    assert lines(shown)[0][-1] == "Made from the images. Not tested."


@pytest.mark.parametrize("figure", [1e-300, 1e300])
def test_extreme_odds_are_drawn(figure):
    assert math.isfinite(figure)
    shown = differences_table([column("a", Effect(f"{ODDS_RATIO} of a", figure, figure, figure))])
    assert places(shown)[0][2] in (0, 100)


def test_names_cannot_break_the_page():
    shown = differences_table([column("<script>", Effect('odds ratio of "<i>"', 1, 1, 1))])
    assert "<script>" not in shown
    assert "<i>" not in shown
