"""Flow diagrams: every count and reason stands in one of the boxes, which do not overlap."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from cae.cohorts.attrition import Attrition, Change, attrition
from cae.cohorts.selection import Selection
from cae.columns.filters import in_scope
from cae.export.flow_drawing import REMARK, flow_drawing
from cae.export.flow_page import flow_page
from cae.export.flow_picture import flow_picture, flow_words

SVG = "{http://www.w3.org/2000/svg}"
COUNT = 90
TABLE = pd.DataFrame(
    {
        "patient": [f"p{row // 3}" for row in range(COUNT)],
        "age": np.arange(COUNT) % 40 + 40,
        "site": ["left", "right", None] * (COUNT // 3),
    }
)


def history() -> tuple[dict[str, object], ...]:
    """Two filters, and what a third adds."""
    found = Selection.empty()
    for combine, filters in (("replace", ["age > 50", 'site == "left"']), ("add", ["age > 75"])):
        rows = np.flatnonzero(in_scope(TABLE, filters))
        found = found.combine(rows, combine, {"kind": "filter", "filters": filters})
    return found.history


HISTORY = history()
STRANGE = Attrition(
    (
        Change("All images", 0, 0, 1, 1),
        Change("<script>alert(1)</script> & " + "W" * 500, 1, 0, 0, 0),
    )
)
WIDE = Attrition((Change("All images", 0, 0, 5, None), Change("日本語" * 40, 2, 0, 3, None)))


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture
def flow() -> Attrition:
    return attrition(HISTORY, TABLE)


def test_boxes_tell_what_pandas_counts(flow: Attrition):
    aged = TABLE["age"] > 50
    left = aged & (TABLE["site"] == "left")
    final = left | (TABLE["age"] > 75)

    def said(rows: pd.Series) -> list[str]:
        return [f"{rows.sum()} images", f"{TABLE.loc[rows, 'patient'].nunique()} patients"]

    def apart(one: pd.Series, other: pd.Series) -> str:
        images, patients = (
            abs(int(a.split()[0]) - int(b.split()[0]))
            for a, b in zip(said(one), said(other), strict=True)
        )
        return f"{images} images, {patients} patient{'' if patients == 1 else 's'}"

    everything = aged | ~aged
    boxes = [one.lines for one in flow_drawing([("old ones", flow)]).boxes]
    assert boxes[0] == ("All images", *said(everything))
    assert boxes[1] == tuple(said(aged))
    assert boxes[2] == (f"Left out: {apart(everything, aged)}", "age > 50 does not hold")
    assert boxes[3] == tuple(said(left))
    assert boxes[4][0] == f"Left out: {apart(aged, left)}"
    assert " ".join(boxes[4][1:]) == flow.changes[2].reason
    assert boxes[5] == ("old ones", *said(final))
    assert boxes[6][0] == f"Added: {apart(left, final)}"


def test_the_picture_holds_every_line_once(flow: Attrition):
    drawing = flow_drawing([("one", flow), ("two", flow)])
    lines = [line for one in drawing.boxes for line in one.lines]
    assert texts(flow_picture([("one", flow), ("two", flow)])) == [*lines, REMARK]


@pytest.mark.parametrize("found", [STRANGE, WIDE, attrition(HISTORY, TABLE), attrition([], TABLE)])
def test_nothing_overlaps_and_arrows_meet_boxes(found: Attrition):
    drawing = flow_drawing([("a " * 60, found), ("b", found)])
    frames = [
        box(one.left, one.top, one.left + one.width, one.top + one.height) for one in drawing.boxes
    ]
    for one, other in itertools.combinations(frames, 2):
        assert not one.intersects(other)
    page = box(0, 0, drawing.width, drawing.height)
    assert all(page.contains(frame) for frame in frames)
    lines = [LineString([arrow.start, arrow.end]) for arrow in drawing.arrows]
    for line in lines:
        assert sum(line.touches(frame) for frame in frames) >= 1
        assert not any(line.crosses(frame) for frame in frames)
    assert len(lines) == 2 * 2 * (len(found.changes) - 1)


def test_what_was_added_points_to_what_remains(flow: Attrition):
    out, _, _, _, came, _ = flow_drawing([("one", flow)]).arrows
    assert out.start[0] < out.end[0]
    assert came.start[0] > came.end[0]


def test_names_run_nowhere_and_words_tell_the_same(flow: Attrition):
    root = ElementTree.fromstring(flow_picture([("<b>x</b>", STRANGE)]))
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags == {"svg", "title", "path", "rect", "text"}
    assert root.find(f"{SVG}title").text == flow_words([("<b>x</b>", STRANGE)])
    assert flow.statement in flow_words([("one", flow)])


def test_without_patients_none_is_told():
    found = attrition(HISTORY, TABLE.drop(columns="patient"))
    assert "patient" not in flow_picture([("one", found)]).lower()
    assert REMARK in flow_picture([("one", attrition(HISTORY, TABLE))])


def test_the_page_holds_every_line_as_text(flow: Attrition):
    page = flow_page([("older – ones ≥ 75", flow)])
    assert page == flow_page([("older – ones ≥ 75", flow)])
    told = page.decode("latin-1")
    for line in ("older - ones ? 75", "All images", "90 images", "30 patients", "age > 50"):
        assert re.search(rf"\({re.escape(line)}", told), line
    assert len(re.findall(r"/Type /Page\b", told)) == 1
