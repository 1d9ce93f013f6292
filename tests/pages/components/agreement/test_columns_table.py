import re

from cae.cohorts.bootstrap import Estimate
from cae.evaluation.two_studies.knowledge import AUROC, KNN, LINEAR, R2, Knowledge, Probe
from pages.components.agreement.columns_table import columns_table
from tests.html_cells import Cells

KNOWN = Probe(
    LINEAR,
    Estimate(0.9, 0.8, 0.95),
    Estimate(0.6, 0.5, 0.7),
    Estimate(0.7, 0.6, 0.8),
    Estimate(0.3, 0.2, 0.4),
    p=0.002,
    q=0.004,
)


def column(measure: str, probe: Probe, name: str = "label") -> Knowledge:
    classes = 2 if measure == AUROC else None
    return Knowledge(name, measure, 0.5, classes, 80, 40, 20, (probe,))


def cells(shown: str) -> list[str]:
    parser = Cells()
    parser.feed(shown)
    return parser.cells


def dots(shown: str) -> list[float]:
    return [float(place) for place in re.findall(r'<b style="left:([\d.]+)%', shown)]


def test_a_line_tells_both_studies_pixels_and_the_difference() -> None:
    shown = columns_table([column(AUROC, KNOWN)])
    head, line = cells(shown)[:9], cells(shown)[9:]
    assert len(head) == len(line)
    assert line[1] == "linear"
    assert line[3:6] == ["0.90 (0.80 to 0.95)", "0.60 (0.50 to 0.70)", "0.70"]
    assert line[7:] == ["+0.30 (+0.20 to +0.40)", "0.004"]
    assert dots(shown) == [90, 60, 70, 80]
    assert "AUROC, 2 classes; 40 test images of 20 patients" in shown


def test_chance_is_in_the_middle_of_r2_too() -> None:
    probe = Probe(KNN, Estimate(0), Estimate(1), Estimate(-0.5), Estimate(-1))
    shown = columns_table([column(R2, probe)])
    assert dots(shown) == [50, 100, 25, 0]
    assert cells(shown)[10] == "neighbours"
    assert cells(shown)[-1] == "–"


def test_names_of_columns_are_only_text() -> None:
    assert "<b>x" not in columns_table([column(AUROC, KNOWN, "<b>x")])
