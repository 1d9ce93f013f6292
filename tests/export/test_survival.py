import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from cae.cohorts import survival
from cae.cohorts.groups import Group
from cae.cohorts.remark import texts_of
from cae.errors import CaeError
from cae.export.kaplan_meier_picture import kaplan_meier_picture
from cae.export.survival import export_survival
from cae.storage import write_json, write_table
from cae.study.study import Study

NAME = "=1+1"


@pytest.fixture
def study(digits_study: Study) -> Study:
    random = np.random.default_rng(0)
    table = digits_study.samples.assign(
        patient=[f"p{row // 2}" for row in range(len(digits_study))],
        months=random.exponential(20, len(digits_study)).round(1),
        vital=random.choice(["dead", "alive"], len(digits_study)),
    )
    write_table(digits_study.file("samples.parquet"), table)
    return Study.open(digits_study.path)


@pytest.fixture
def found(study: Study):
    group = Group(NAME, np.arange(0, 180), "rows", steps=(("lasso", 180),))
    return survival(study, [group, "rest"], "months", "vital")


def test_csv_holds_every_step_and_runs_no_formula(study: Study, found, tmp_path: Path):
    out = export_survival(study, found, tmp_path / "curves.csv")
    head, *rows = csv.reader(io.StringIO(out.read_text("utf-8")))
    assert head == ["group", "time", "at_risk", "events", "probability", "low", "high"]
    assert rows[0] == [f"'{NAME}", "0.0", "90", "0", "1.0", "1.0", "1.0"]
    assert len(rows) == 2 + sum(len(curve.times) for curve in found.curves)
    told = json.loads((tmp_path / "curves.csv.provenance.json").read_text("utf-8"))
    assert told["columns_exported"] == ["months", "vital"]
    assert told["survival"]["log_rank"]["p"] == found.log_rank.p
    assert told["survival"]["verdict"] == texts_of(found.verdict)


def test_svg_is_the_picture(study: Study, found, tmp_path: Path):
    out = export_survival(study, found, tmp_path / "curves.svg")
    assert out.read_text("utf-8") == kaplan_meier_picture(found)


def test_another_ending_is_refused(study: Study, found, tmp_path: Path):
    with pytest.raises(CaeError, match=r"curves\.png ends in none of \.csv, \.svg"):
        export_survival(study, found, tmp_path / "curves.png")


def test_curves_of_identifying_columns_stay_unless_asked_for(study: Study, found, tmp_path: Path):
    write_json(study.path / "study.json", {**study.manifest, "identifying": ["months"]})
    telling = Study.open(study.path)
    with pytest.raises(CaeError, match="'months' may tell who a patient is"):
        export_survival(telling, found, tmp_path / "curves.csv")
    assert not list(tmp_path.glob("curves*"))
    export_survival(telling, found, tmp_path / "curves.csv", identifying=True)
    assert (tmp_path / "curves.csv").exists()
