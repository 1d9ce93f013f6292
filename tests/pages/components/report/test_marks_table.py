import re

from pages.components.report.marks_table import marks_table

ROW = {
    "mark": "spot",
    "size_px": 2,
    "contrast": 0.1,
    "decoded_as": "mean",
    "images": 9,
    "seen": 5,
    "lost": 4,
    "silent": 8,
    "invented": 1,
}


def test_a_row_per_mark_and_two_columns_per_rendering():
    lesion = {**ROW, "mark": "<lesion>", "size_px": None, "contrast": None, "seen": 0, "lost": 0}
    rows = [{**row, "decoded_as": kind} for row in (ROW, lesion) for kind in ("mean", "likely")]
    table = marks_table({"images": 9, "false_alarms": 0.05, "rows": rows})
    heads = re.findall(r'<th scope="col">([^<]*)</th>', table)
    assert heads[1:] == [
        "Found in the image",
        "Lost by mean",
        "Invented by mean",
        "Lost by likely",
        "Invented by likely",
    ]
    assert re.findall(r'<th scope="row">([^<]*)</th>', table) == [
        "spot, 2 px, 10 %",
        "&lt;lesion&gt; (mask)",
    ]
    cells = re.findall(r"<td>([^<]*)</td>", table)
    assert cells[:3] == ["5 of 9", "4 of 5", "1 of 8"]
    assert cells[5:7] == ["0 of 9", "–"]
