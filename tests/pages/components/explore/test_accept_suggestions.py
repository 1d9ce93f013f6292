"""What is said before suggestions are accepted, and whose labels are left alone."""

import pandas as pd

from cae.study.label_corrections import accept_suggestions, correct_labels
from cae.study.study import Study
from pages.components.explore.accept_suggestions import changes_html, pending_suggestions
from tests.html_cells import Cells

FOUND = pd.DataFrame(
    {
        "row": [40, 3, 7, 9],
        "label": ["a", "a", "<b>", "a"],
        "suggested": ["b", "b", "a", "<script>"],
    }
)


def test_every_change_is_counted_and_runs_nowhere():
    page = Cells()
    page.feed(changes_html(FOUND))
    assert "script" not in page.tags
    assert page.cells[:2] == ["a → b", "2 images"]
    assert set(zip(page.cells[2::2], page.cells[3::2], strict=True)) == {
        ("<b> → a", "1 image"),
        ("a → <script>", "1 image"),
    }


def test_what_somebody_has_labelled_is_left_as_it_is(digits_study: Study):
    assert pending_suggestions(digits_study, FOUND)["row"].tolist() == [40, 3, 7, 9]
    correct_labels(digits_study, [3], "x", "anna")
    accept_suggestions(digits_study, [7], ["a"], "ben")
    assert pending_suggestions(digits_study, FOUND)["row"].tolist() == [40, 9]
    correct_labels(digits_study, [3], None, "anna")
    assert pending_suggestions(digits_study, FOUND)["row"].tolist() == [40, 3, 9]
