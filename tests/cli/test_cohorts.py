"""The commands ``cae cohort …``: what they print, and where."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cae.cli import main
from cae.cohorts import survival
from cae.cohorts.selection import Selection
from cae.decoding.replay import attrition_on
from cae.export.cohort import CohortExport, export_cohort
from cae.export.flow_file import export_flow
from cae.storage import write_table
from cae.study.label_corrections import correct_labels
from cae.study.study import Study
from cae.who import this_user
from tests.cohorts.searched import OUTLINED, SEARCHED, save_searched

Cae = Callable[..., int]


@pytest.fixture
def cae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cae:
    """Runs ``cae cohort`` in this process and returns its exit code."""
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["cae", "cohort", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main.main()
        return left.value.code

    return run


@pytest.fixture
def study(digits_study: Study) -> Study:
    lasso = Selection.empty().combine(np.arange(0, 90, 2), "replace", {"kind": "lasso"})
    digits_study.cohorts.save("odd ones", lasso, "look again")
    return digits_study


@pytest.mark.parametrize(
    "command",
    [
        *("list", "combine", "import", "live", "freeze", "log", "share"),
        *("compare", "table", "survival", "flow"),
    ],
)
def test_help_gives_examples(cae: Cae, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert cae(command, "--help") == 0
    shown = capsys.readouterr().out
    assert f"Usage: cae cohort {command}" in shown
    assert f"\n    cae cohort {command} " in shown


def test_cohorts_are_listed(cae: Cae, capsys: pytest.CaptureFixture[str], study: Study) -> None:
    assert cae("list", study.path) == 0
    assert capsys.readouterr().out.startswith("odd ones\t45\t")
    assert cae("list", study.path, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["cohorts"]
    assert (told["images"], told["history"], told["note"]) == (45, "Lasso", "look again")


def test_what_may_confound_comes_before_any_p(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study
) -> None:
    assert cae("compare", study.path, "cohort:odd ones", "--unit", "image") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("odd ones (45 images) against The rest (315 images)\n")
    order = [
        shown.index(part)
        for part in ("odd ones is exploratory", "draws).", "AUC, 0.5 is chance", " p ", "split ")
    ]
    assert order == sorted(order)


def test_a_comparison_is_told_as_json(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study
) -> None:
    assert cae("compare", study.path, "label:3", "label:4", "--unit", "image", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [group["units"] for group in told["groups"]] == [
        int((study.samples["label"] == name).sum()) for name in "34"
    ]
    assert {one["column"] for one in told["columns"]} >= {"ink", "site"}


def test_table_1_is_written_with_its_provenance(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "table.csv"
    groups = ("label:3", "label:4", "label:5")
    assert cae("table", study.path, *groups, "--unit", "image", "--suppress", 5, "--out", out) == 0
    assert out.read_text("utf-8").startswith("variable,value,3,4,5,SMD,test,p,q")
    assert "stands for counts from 1 to 4" in capsys.readouterr().err
    told = json.loads((tmp_path / "table.csv.provenance.json").read_text("utf-8"))
    assert told["columns_exported"][:3] == ["label", "ink", "site"]


def test_groups_of_corrected_labels_are_compared_and_written(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, tmp_path: Path
) -> None:
    correct_labels(study, [2, 3, 5, 8], "odd", "anna")
    first, second = "corrected_label:odd", "corrected_label:3"
    assert cae("compare", study.path, first, second, "--unit", "image") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("odd (as corrected) (4 images) against 3 (as corrected) (")
    assert "Corrected label" in shown
    assert "corrected_by             not compared: tells of who corrected a label" in shown
    assert "anna" not in shown
    out = tmp_path / "table.csv"
    assert cae("table", study.path, first, "rest", "--unit", "image", "--out", out) == 0
    written = out.read_text("utf-8")
    assert "Corrected label,0," in written
    assert "anna" not in written
    assert cae("compare", study.path, "corrected_label:none") == 2
    assert "no corrected label 'none'; choose one of 0, 1" in capsys.readouterr().err


def test_cohorts_are_combined(cae: Cae, capsys: pytest.CaptureFixture[str], study: Study) -> None:
    assert cae("combine", study.path, "complement", "odd ones", "--name", "others") == 0
    assert "Saved 'others' with 315 images." in capsys.readouterr().err
    combine = ("combine", study.path, "union", "odd ones", "others", "--name", "all")
    assert cae(*combine, "--note", "everything") == 0
    made = study.cohorts.get_by_name("all")
    assert (made.count, made.note) == (360, "everything")


def test_a_live_cohort_is_saved_queried_and_frozen(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = 'cohort("odd ones") and label == "3"'
    wanted = [row for row in range(0, 90, 2) if study.samples["label"][row] == "3"]
    assert cae("live", study.path, query, "--name", "odd threes") == 0
    assert f"holds {len(wanted)} images now" in capsys.readouterr().err
    assert cae("list", study.path) == 0
    assert f"live: {query}" in capsys.readouterr().out

    monkeypatch.setattr(sys, "argv", ["cae", "query", str(study.path), 'cohort("odd threes")'])
    with pytest.raises(SystemExit):
        main.main()
    assert capsys.readouterr().out.split() == [f"digit-{row:04d}" for row in wanted]

    assert cae("freeze", study.path, "odd threes") == 0
    frozen = study.cohorts.get_by_name("odd threes")
    assert (frozen.is_live, frozen.rows.tolist()) == (False, wanted)


def test_the_log_tells_who_did_what(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, tmp_path: Path
) -> None:
    cohort = study.cohorts.by("anna").change(study.cohorts.get_by_name("odd ones"), name="even")
    export_cohort(study, CohortExport(cohort, who="ben"), tmp_path / "even.zip")
    study.cohorts.by("carl").save("other", cohort.selection)
    assert cae("log", study.path) == 0
    lines = [line.partition("\t")[2] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "carl saved “other”",
        "ben exported “even”",
        "anna renamed “odd ones” to “even”",
        f"{this_user()} saved “odd ones”",
    ]
    assert cae("log", study.path, "odd ones", "--json") == 0
    acts = json.loads(capsys.readouterr().out)["acts"]
    assert [act["what"] for act in acts] == ["exported", "renamed", "saved"]
    assert cae("log", study.path, "unknown") == 2


def test_nothing_is_shared_without_a_group(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cae("share", study.path) == 2
    assert "CAE_DATABASE names no database" in capsys.readouterr().err
    monkeypatch.setenv("CAE_DATABASE", "mysql://x/y")
    assert cae("list", study.path) == 2
    assert "CAE_DATABASE is no address of a PostgreSQL" in capsys.readouterr().err


def test_opening_a_study_loads_no_database(study: Study, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom cae.study.study import Study\n"
        "study = Study.open(Path(sys.argv[1]))\nlen(study.cohorts.list())\n"
        "print(sorted({'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)))\n"
    )
    for is_kept, loaded in ((True, "['sqlalchemy']"), (False, "[]")):
        if not is_kept:
            study.cohorts.place.path.unlink()
        told = subprocess.run(
            [sys.executable, "-c", code, study.path], check=True, capture_output=True, text=True
        )
        assert told.stdout.strip() == loaded


def test_a_table_of_ids_is_imported(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, tmp_path: Path
) -> None:
    table = tmp_path / "ids.csv"
    table.write_text("scan,reader\ndigit-0004,a\ndigit-4,b\ndigit-0002,a\n")
    assert cae("import", study.path, table, "--name", "read") == 0
    said = capsys.readouterr().err
    assert "Column 'scan': 2 of 3 ids name an image (66.7 %); unknown: 'digit-4'." in said
    assert study.cohorts.get_by_name("read").rows.tolist() == [2, 4]
    assert cae("import", study.path, table, "--column", "reader", "--name", "x") == 2
    assert "None of the 2 ids" in capsys.readouterr().err.splitlines()[-1]


def test_a_flow_is_told(cae: Cae, capsys: pytest.CaptureFixture[str], study: Study) -> None:
    rows = np.flatnonzero(study.samples["site"] == "left")
    event = {"kind": "filter", "filters": ['site == "left"']}
    study.cohorts.save("left ones", Selection.empty().combine(rows, "replace", event))
    assert cae("flow", study.path, "left ones") == 0
    missing = int(study.samples["site"].isna().sum())
    patients = study.samples["patient"].iloc[rows].nunique()
    assert capsys.readouterr().out.splitlines()[-1] == (
        f'Of 360 images (6 patients), {360 - len(rows)} left out: site == "left" does not hold '
        f"({missing} without a value); {len(rows)} ({patients} patients) remain."
    )
    assert cae("flow", study.path, "odd ones", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [step["images"] for step in told["steps"]] == [360, 45]
    assert "noted without its 'map'" in told["remark"]


@pytest.mark.parametrize("name", [SEARCHED, OUTLINED])
def test_a_table_tells_the_flow_that_flow_tells(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, tmp_path: Path, name: str
) -> None:
    save_searched(study)
    assert cae("flow", study.path, name, "--json") == 0
    flow = json.loads(capsys.readouterr().out)
    assert flow["remark"] == ""
    assert flow["steps"][-1]["images"] == len(study.cohorts.get_by_name(name).rows)
    out = tmp_path / "table.csv"
    assert cae("table", study.path, f"cohort:{name}", "rest", "--unit", "image", "--out", out) == 0
    assert f"{name}: {flow['statement']}" in capsys.readouterr().err.splitlines()
    told = json.loads((tmp_path / "table.csv.provenance.json").read_text("utf-8"))
    assert told["table_one"]["flows"] == [{"group": name, **flow}]


@pytest.mark.parametrize("ending", ["svg", "pdf", "csv"])
def test_a_flow_is_written(cae: Cae, study: Study, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"flow.{ending}"
    assert cae("flow", study.path, "odd ones", "--out", out) == 0
    asked = [("odd ones", attrition_on(study, study.cohorts.get_by_name("odd ones").history))]
    expected = export_flow(study, asked, tmp_path / f"other.{ending}")
    assert out.read_bytes() == expected.read_bytes()
    told = json.loads((tmp_path / f"flow.{ending}.provenance.json").read_text("utf-8"))
    assert told["flow"]["flows"][0]["steps"][-1]["images"] == 45
    assert cae("flow", study.path, "odd ones", "--out", tmp_path / "flow.doc") == 2


def test_survival_is_told_and_written(
    cae: Cae, capsys: pytest.CaptureFixture[str], study: Study, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    status = random.integers(1, 3, len(study))
    months = random.exponential(np.where(study.samples["label"] == "3", 30, 10)).round(1)
    table = study.samples.assign(patient=study.samples["id"], months=months, status=status)
    write_table(study.file("samples.parquet"), table)
    groups = ("label:3", "label:4")
    columns = ("--time", "months", "--event", "status", "--occurred", 2)
    out = tmp_path / "curves.svg"
    assert cae("survival", study.path, *groups, *columns, "--out", out) == 0
    expected = survival(Study.open(study.path), groups, "months", "status", ["2"])
    shown = capsys.readouterr()
    assert all(one.text in shown.out for one in (*expected.remarks, *expected.verdict))
    assert "“2” is the event, “1” is not yet" in shown.out
    assert out.read_text("utf-8").startswith("<svg")
    assert cae("survival", study.path, *groups, *columns, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["log_rank"]["statistic"] == expected.log_rank.statistic
    assert cae("survival", study.path, *groups, *columns[:-2]) == 2
    assert "not clear whether “2”" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "label:none"], "no label 'none'"),
        (["compare", "label:3", "label:3"], "are in 3, too"),
        (["combine", "union", "odd ones", "--name", "x"], "at least 2 cohorts"),
        (["combine", "union", "odd ones", "even", "--name", "x"], "no cohort named 'even'"),
        (["table", "label:3", "--out", "x.odt"], "ends in none of"),
        (["survival", "label:3", "rest"], "Name the column of the time"),
    ],
)
def test_misuse_is_one_line(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    study: Study,
    arguments: list[str],
    said: str,
) -> None:
    command, *rest = arguments
    assert cae(command, study.path, *rest) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
