import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from docx import Document

from cae.cohorts import table_one
from cae.cohorts.groups import Group
from cae.cohorts.selection import Selection
from cae.columns.filters import in_scope
from cae.errors import CaeError
from cae.export.flow_picture import flow_picture
from cae.export.table_one import export_table_one
from cae.storage import write_json, write_table
from cae.study.label_corrections import correct_labels
from cae.study.study import Study
from tests.html_cells import Cells

NAMES = ["<script>alert(1)</script>", "=1+1", r"\input{x} & 100 % _$#"]


@pytest.fixture
def made(digits_study: Study, tmp_path: Path):
    rows = np.arange(len(digits_study))
    groups = [Group(name, rows[place::3], "rows") for place, name in enumerate(NAMES)]
    return digits_study, table_one(digits_study, groups, "image"), tmp_path / "out"


def test_csv_runs_no_formula(made):
    study, table, out = made
    file = export_table_one(study, table, out.with_suffix(".csv"))
    head, *rows = csv.reader(io.StringIO(file.read_text("utf-8")))
    assert head[2:5] == [NAMES[0], "'=1+1", NAMES[2]]
    assert len(rows) == len(table.table)
    assert rows[0][2:5] == ["120"] * 3


def test_html_runs_no_script(made):
    study, table, out = made
    page = Cells()
    page.feed(export_table_one(study, table, out.with_suffix(".html")).read_text("utf-8"))
    assert "script" not in page.tags
    shown = [cell.strip() for cell in page.cells]
    assert shown[2:5] == NAMES
    # Behind the last cell are the remarks.
    width = len(table.table.columns)
    assert shown[width : width + 5] == ["Number of images", "", "120", "120", "120"]
    assert all(note in page.cells[-1] for note in table.notes)


def test_latex_sets_names_as_they_are(made):
    study, table, out = made
    text = export_table_one(study, table, out.with_suffix(".tex")).read_text("utf-8")
    assert r"\textbackslash input\{x\} \& 100 \% \_\$\#" in text
    body = text[text.index(r"\midrule") : text.index(r"\bottomrule")].splitlines()[1:]
    assert [line.endswith(r" \\") for line in body] == [True] * len(table.table)
    assert r"$\chi^2$" in text


def test_docx_holds_every_cell_and_remark(made):
    study, table, out = made
    document = Document(export_table_one(study, table, out.with_suffix(".docx")))
    (written,) = document.tables
    cells = [[cell.text for cell in row.cells] for row in written.rows]
    assert cells == [list(table.table.columns), *table.table.to_numpy().tolist()]
    assert cells[0][2:5] == NAMES
    assert [one.text for one in document.paragraphs] == ["Table 1", *table.notes]
    width, height = (getattr(document.sections[0], f"page_{side}") for side in ("width", "height"))
    assert width > height


def test_another_ending_is_refused(made):
    study, table, out = made
    with pytest.raises(CaeError, match=r"out\.odt ends in none of \.csv, \.html, \.tex, \.docx"):
        export_table_one(study, table, out.with_suffix(".odt"))
    assert not list(out.parent.glob("out*"))


def test_how_a_group_came_about_is_told_but_for_what_identifies(
    digits_study: Study, tmp_path: Path
):
    table = digits_study.samples.assign(ward=np.resize(["7", "8", "9"], len(digits_study)))
    write_table(digits_study.file("samples.parquet"), table)
    manifest = {**digits_study.manifest, "identifying": ["ward"]}
    write_json(digits_study.path / "study.json", manifest)
    study = Study.open(digits_study.path)
    rows = np.flatnonzero((table["ward"] == "7") & (table["site"] == "left"))
    event = {"kind": "filter", "filters": ['site == "left"', "ward == 7"]}
    study.cohorts.save("seventh", Selection.empty().combine(rows, "replace", event))
    found = table_one(study, ["cohort:seventh", "rest"], "image")
    (note,) = [note for note in found.notes if note.startswith("seventh: Of 360 images")]
    assert "left out: ward == 7 does not hold" in note
    out = tmp_path / "table.tex"
    told = export_table_one(study, found, out).read_text("utf-8")
    origin = json.loads((tmp_path / "table.tex.provenance.json").read_text("utf-8"))
    assert "ward" not in told
    (flow,) = origin["table_one"]["flows"]
    assert [step["images"] for step in flow["steps"]][-1] == len(rows)
    assert "ward" not in json.dumps(flow)
    asked = export_table_one(study, found, out, identifying=True).read_text("utf-8")
    assert "ward == 7 does not hold" in asked


def test_where_labels_tell_patients_corrected_ones_stay_too(digits_study: Study, tmp_path: Path):
    correct_labels(digits_study, [0, 1, 2], "Anna Smith", "ben")
    digits_study.manifest["identifying"] = ["label"]
    table = table_one(digits_study, ["corrected_label:Anna Smith", "rest"], "image")
    assert "corrected_label" in table.columns
    out = tmp_path / "table.csv"
    export_table_one(digits_study, table, out)
    told = json.loads((tmp_path / "table.csv.provenance.json").read_text("utf-8"))
    assert told["columns_left_out"] == ["label", "corrected_label"]
    for file in tmp_path.glob("table*"):
        assert "Smith" not in file.read_text("utf-8")
        assert "Corrected label" not in file.read_text("utf-8")
    export_table_one(digits_study, table, out, identifying=True)
    assert "Anna Smith (as corrected)" in out.read_text("utf-8")


@pytest.fixture
def filtered(digits_study: Study) -> Study:
    """A study with a cohort of what two filters leave."""
    filters = ["ink > 55", 'site == "left"']
    rows = np.flatnonzero(in_scope(digits_study.table, filters))
    event = {"kind": "filter", "filters": filters}
    digits_study.cohorts.save("left ones", Selection.empty().combine(rows, "replace", event))
    return digits_study


def test_a_flow_diagram_lies_beside_the_table_and_in_html(filtered: Study, tmp_path: Path):
    table = table_one(filtered, ["cohort:left ones", "rest"], "image")
    (flow,) = table.flows
    assert flow[1].changes[-1].left == len(filtered.cohorts.get_by_name("left ones").rows)
    for ending in ("csv", "html", "tex", "docx"):
        export_table_one(filtered, table, tmp_path / f"table.{ending}")
        picture = (tmp_path / f"table.{ending}.flow.svg").read_text("utf-8")
        assert picture == flow_picture(table.flows)
    assert flow_picture(table.flows) in (tmp_path / "table.html").read_text("utf-8")
    export_table_one(filtered, table_one(filtered, ["label:3"], "image"), tmp_path / "other.csv")
    assert not (tmp_path / "other.csv.flow.svg").exists()


def test_a_flow_with_counts_that_are_hidden_is_told_nowhere(filtered: Study, tmp_path: Path):
    groups = ["cohort:left ones", "rest"]
    (flow,) = table_one(filtered, groups, "image").flows
    counts = {one for change in flow[1].changes for one in (change.out, change.left)} - {0}
    patients = {change.patients for change in flow[1].changes}
    least = min(counts | patients)
    assert flow[1].smallest == least
    shown = table_one(filtered, groups, "image", suppress=int(least))
    assert shown.flows == table_one(filtered, groups, "image").flows
    hidden = table_one(filtered, groups, "image", suppress=int(least) + 1)
    assert hidden.flows == ()
    assert "How left ones came about is not told" in " ".join(hidden.notes)
    assert "does not hold" not in " ".join(hidden.notes)
    export_table_one(filtered, hidden, tmp_path / "table.csv")
    assert not (tmp_path / "table.csv.flow.svg").exists()


@pytest.mark.parametrize("suffix", [".csv", ".html", ".tex", ".docx"])
def test_groups_whose_names_may_not_be_told_are_told_apart(
    digits_study: Study, tmp_path: Path, suffix: str
):
    sites = np.where(np.arange(len(digits_study)) % 2, "St Mary", "Charite")
    table = digits_study.samples.assign(hospital=sites)
    write_table(digits_study.file("samples.parquet"), table)
    study = Study.open(digits_study.path)
    manifest = json.loads((study.path / "study.json").read_text("utf-8"))
    write_json(study.path / "study.json", {**manifest, "identifying": ["hospital"]})
    study = Study.open(study.path)
    asked = [f'query:hospital == "{name}"' for name in ("St Mary", "Charite")]
    found = table_one(study, asked, "image")
    out = export_table_one(study, found, (tmp_path / "t").with_suffix(suffix))
    assert out.exists()
    if suffix == ".csv":
        head = next(csv.reader(io.StringIO(out.read_text("utf-8"))))
        assert len(set(head)) == len(head)
        assert "Mary" not in out.read_text("utf-8")
