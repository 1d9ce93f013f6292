import numpy as np

from cae.evaluation.reliability import reliability
from pages.components.report.reliability import reliability_figure


def test_a_bar_stands_over_its_interval_as_high_as_its_share():
    found = reliability(np.array([0.72, 0.74, 0.95]), np.array([True, False, True]))
    bins = [one._asdict() for one in found]
    bars = reliability_figure(bins).data[0]
    assert [round(x, 2) for x in bars.x] == [0.75, 0.95]
    assert [round(width, 2) for width in bars.width] == [0.1, 0.1]
    assert list(bars.y) == [0.5, 1.0]
    assert list(bars.text) == ["2", "1"]
