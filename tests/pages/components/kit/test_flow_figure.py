from cae.cohorts.attrition import Attrition, Change
from pages.components.kit.flow_figure import flow_html
from tests.html_cells import Cells


def test_what_left_and_came_stands_beside_what_remains_and_runs_nowhere():
    page = Cells()
    page.feed(
        flow_html(
            Attrition(
                (
                    Change("All images", 0, 0, 5000, 300),
                    Change("<script>x</script> does not hold", 3000, 0, 2000, 200),
                    Change("box", 0, 12, 2012, None),
                )
            )
        )
    )
    assert "script" not in page.tags
    assert page.cells[2:] == [
        *("5,000 images300 patients", "All images"),
        *("2,000 images200 patients", "− 3,000 <script>x</script> does not hold"),
        *("2,012 images", "+ 12 box"),
    ]
