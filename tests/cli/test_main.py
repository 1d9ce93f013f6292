"""The console command: what it prints, where, and with which exit code."""

import itertools
import json
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cae.cli import main, making
from cae.cohorts.selection import Selection
from cae.errors import CaeError
from cae.evaluation.baselines import BASELINES, FIGURES
from cae.study import steps
from cae.study.step import MAP_STEPS, STEPS
from cae.study.study import Study
from tests.cli.conftest import Cae
from tests.conftest import digits_imageset
from tests.serving import free_port

ACCESS = """
address = "https://images.example.org/cae"
[provider]
metadata = "https://login.example.org/metadata"
client_id = "cae"
client_secret = "a secret"
cookie_secret = "the secret of cookies, 32 signs or more"
"""
COMMANDS = [
    "build",
    "import",
    "append",
    "columns",
    *MAP_STEPS[1:],
    "info",
    "query",
    "verify",
    "evaluate",
    "export",
    "sample",
    "path",
    "segment",
    "outline",
    "landmark",
    "app",
    "augment",
]
CLINICAL = ["build", "brain", "--out", "x", "--method", "clinical"]


@pytest.fixture
def digits_npz(tmp_path: Path) -> Path:
    imageset = digits_imageset(90)
    arrays = {}
    for split in ("train", "val", "test"):
        rows = np.flatnonzero(imageset.table["split"] == split)
        arrays[f"{split}_images"] = imageset.images[rows, ..., 0]
        arrays[f"{split}_labels"] = imageset.table["label"].to_numpy()[rows].astype(int)[:, None]
    np.savez(tmp_path / "digits.npz", **arrays)
    return tmp_path / "digits.npz"


def test_append_adds_the_images_of_a_folder(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, tmp_path: Path
) -> None:
    images = digits_imageset(366).images[360:, ..., 0]
    for number, image in enumerate([*images, digits_study.images[5, ..., 0]]):
        (tmp_path / "new").mkdir(exist_ok=True)
        Image.fromarray(image).resize((56, 56), Image.Resampling.NEAREST).save(
            tmp_path / "new" / f"{number}.png"
        )
    Image.fromarray(digits_study.images[5, ..., 0]).save(tmp_path / "new" / "6.png")
    rows = "".join(f"{number}.png,{number % 2},patient {number}\n" for number in range(7))
    (tmp_path / "new" / "table.csv").write_text("file,grade,who\n" + rows)
    source = f"folder:{tmp_path / 'new'}"
    choices = ("--label", "grade", "--patient", "who")
    assert cae("append", digits_study.path, source, *choices) == 0
    told = capsys.readouterr().err
    assert "6 images added" in told
    assert "holds this image already, as digit-0005" in told
    study = Study.open(digits_study.path)
    assert study.samples["label"][360:].tolist() == list("010101")
    assert study.samples["patient"][360:].tolist() == [f"patient {number}" for number in range(6)]
    assert study.samples["split"][360:].tolist()[:4] == ["train"] * 4
    assert study.verify() == []
    assert cae("append", digits_study.path, source) == 2
    assert "holds all 7 images already" in capsys.readouterr().err


def interrupted(*arguments: object, **named: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("command", COMMANDS)
def test_help_gives_examples(cae: Cae, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert cae(command, "--help") == 0
    shown = capsys.readouterr().out
    assert f"Usage: cae {command}" in shown
    assert f"\n    cae {command} " in shown.replace("cae app\n", "cae app \n")


def test_no_command_shows_help(cae: Cae, capsys: pytest.CaptureFixture[str]) -> None:
    assert cae() == 0
    assert "Commands:" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['cae', '--help']\n"
        "from cae.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'pandas', 'torch', 'umap'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["info"], "Missing argument"),
        (["info", "nowhere"], "is not a study"),
        (["build", "brain"], "add --out DIR"),
        (["build", "brian", "--out", "x"], "did you mean brain?"),
        (["build", "brain", "--out", "x", "--epochs", "0"], "--epochs"),
        (["build", "brain", "--out", "x", "--method", "magic"], "no method 'magic'"),
        (["build", "brain", "--out", "x", "--clinical-weights", "1,much"], "'1,much'"),
        (
            [*CLINICAL, "--clinical", "a,b", "--clinical-weights", "1"],
            "columns 2",
        ),
        (["import", "npz:absent.npz", "--out", "x"], "absent.npz"),
    ],
)
def test_misuse_is_one_line_on_stderr(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cae(*arguments) == 2
    shown = capsys.readouterr()
    last = shown.err.splitlines()[-1]
    assert last.startswith("cae: ")
    assert said in last
    assert [line for line in shown.err.splitlines() if line.startswith("cae: ")] == [last]
    assert shown.out == ""
    assert not (tmp_path / "x").exists()


def test_build_makes_a_whole_study_and_goes_on(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    digits_npz: Path,
    quick_map: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    how = ("--epochs", 1, "--latent", 4, "--seed", 5, "--limit", 60, "--method", "autoencoder")
    source, out = f"npz:{digits_npz}", tmp_path / "study"
    with monkeypatch.context() as broken:
        broken.setattr(steps, "encode", interrupted)
        assert cae("build", source, "--out", out, *how) == 130
    assert "Stopped" in capsys.readouterr().err.splitlines()[-1]
    trained = Study.open(out).digest("train")
    assert cae("build", out) == 0
    study = Study.open(out)
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.digest("train") == trained
    assert (len(study), study.latents.shape[1]) == (60, 4)
    assert (study.method, study.seed) == ("autoencoder", 5)


def test_each_step_by_itself(cae: Cae, tmp_path: Path, digits_npz: Path, quick_map: None) -> None:
    out = tmp_path / "study"
    assert cae("import", f"npz:{digits_npz}", "--out", out, "--name", "Digits") == 0
    assert cae("train", out, "--epochs", 1, "--latent", 4) == 0
    assert cae("encode", out) == 0
    assert cae("project", out, "--n-neighbors", 7) == 0
    assert cae("cluster", out, "--k", 3) == 0
    study = Study.open(out)
    assert study.name == "Digits"
    assert all(study.is_current(step) for step in MAP_STEPS)
    assert study.parameters("project")["n_neighbors"] == 7
    assert study.clusters["cluster"].nunique() == 3


def test_info_json_is_one_object(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study
) -> None:
    assert cae("info", digits_study.path, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["images"] == 360
    assert facts["columns"] == ["id", "split", "label", "patient", "ink", "site"]
    assert {step: entry["state"] for step, entry in facts["steps"].items()} == dict.fromkeys(
        MAP_STEPS, "done"
    )
    assert facts["method"] == "contrastive"
    assert facts["clusters"] == 8


def test_info_of_an_imported_study_knows_what_is_missing(
    cae: Cae, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    study = Study.create(tmp_path / "s", digits_imageset(12), "digits")
    assert cae("info", study.path, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["method"] is None
    assert facts["clusters"] is None
    assert facts["steps"]["train"]["state"] == "missing"


def test_query_prints_ids(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study
) -> None:
    assert cae("query", digits_study.path, 'label == "3" and outlier_score > 0.5') == 0
    table = digits_study.table
    expected = table["id"][(table["label"] == "3") & (table["outlier_score"] > 0.5)]
    assert len(expected) > 0
    assert capsys.readouterr().out.split() == expected.tolist()

    assert cae("query", digits_study.path, "lable == 3") == 2
    assert "did you mean label?" in capsys.readouterr().err


def test_info_for_people(cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study) -> None:
    assert cae("info", digits_study.path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "images       360" in lines
    assert "splits       train 240, val 60, test 60" in lines


def test_verify_of_a_sound_study(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study
) -> None:
    assert cae("verify", digits_study.path) == 0
    assert "is sound" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("latents.npy", "redo it with: cae encode"),
        ("clusters.parquet", "redo it with: cae cluster"),
        ("images.npy", "cae build digits --out DIR"),
    ],
)
def test_verify_says_which_step_to_redo(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, file: str, remedy: str
) -> None:
    with digits_study.file(file).open("r+b") as damaged:
        damaged.seek(200)
        damaged.write(b"\x7f")
    assert cae("verify", digits_study.path) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith(f"{file}: the file's contents have changed")
    assert remedy in line


def test_export_writes_the_cohort(cae: Cae, digits_study: Study, tmp_path: Path) -> None:
    selection = Selection.empty().combine(np.array([5, 2]), "replace", {"kind": "ids"})
    digits_study.cohorts.save("two digits", selection)
    file = tmp_path / "two.zip"
    assert cae("export", digits_study.path, "--cohort", "two digits", "--out", file) == 0
    with zipfile.ZipFile(file) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 2


def test_export_adds_folds_and_what_tools_open(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, tmp_path: Path
) -> None:
    selection = Selection.empty().combine(np.arange(60), "replace", {"kind": "ids"})
    digits_study.cohorts.save("some", selection)
    out = tmp_path / "some"
    command = ("export", digits_study.path, "--cohort", "some", "--out", out)
    assert cae(*command, "--for", "monai", "--for", "word") == 2
    assert "no format 'word'; choose from monai" in capsys.readouterr().err
    assert cae(*command, "--folds", 1) == 2
    assert "ask for 2 to 50" in capsys.readouterr().err
    assert not out.exists()
    tools = ("--for", "monai", "--for", "fiftyone", "--folds", 2)
    assert cae(*command, *tools, "--near-duplicates-may-cross") == 0
    listed = json.loads((out / "datalist.json").read_text())["training"]
    assert {item["fold"] for item in listed} == {0, 1}
    assert (out / "fiftyone" / "labels.json").exists()
    told = json.loads((out / "provenance.json").read_text())["cohort"]
    assert told["formats"] == ["monai", "fiftyone"]
    assert told["folds"]["near_duplicates_may_cross"] is True


def test_export_writes_original_files_where_what_identifies_is_asked_for(
    cae: Cae, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        pixels = np.full((28, 28), number, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / f"{number}.png")
    assert cae("import", f"folder:{tmp_path / 'in'}", "--out", tmp_path / "scans") == 0
    study = Study.open(tmp_path / "scans")
    rows = Selection.empty().combine(np.arange(3), "replace", {"kind": "ids"})
    study.cohorts.save("three", rows)
    command = ("export", study.path, "--cohort", "three", "--images", "originals")
    out = tmp_path / "three.zip"
    capsys.readouterr()
    assert cae(*command, "--out", out) == 2
    assert "may tell who a patient is: by their headers (DICOM, EXIF)" in capsys.readouterr().err
    assert not out.exists()
    assert cae(*command, "--out", out, "--identifying") == 0
    assert "left out" not in capsys.readouterr().err
    with zipfile.ZipFile(out) as archive:
        names = [name for name in archive.namelist() if name.endswith(".png")]
        assert names == [f"originals/{number}.png" for number in range(3)]
        assert archive.read(names[1]) == (tmp_path / "in" / "1.png").read_bytes()
    (tmp_path / "in" / "1.png").unlink()
    assert cae(*command, "--out", tmp_path / "two.zip", "--identifying") == 0
    assert "1 of 3 original files are left out: 1.png: it is gone" in capsys.readouterr().err
    assert cae(*command[:-1], "jpeg", "--out", out) == 2
    assert "not as 'jpeg'" in capsys.readouterr().err


def test_export_of_an_unknown_cohort(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, tmp_path: Path
) -> None:
    file = tmp_path / "none.zip"
    assert cae("export", digits_study.path, "--cohort", "none", "--out", file) == 2
    assert "no cohort named 'none'" in capsys.readouterr().err
    assert not file.exists()


def test_evaluate_adds_baselines_where_asked(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    digits_study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def two(study: Study, progress: object) -> dict[str, float]:
        return {"classifier_accuracy": 0.5, "psnr_db": 20.0}

    for name in BASELINES:
        monkeypatch.setitem(BASELINES, name, two)
    assert cae("evaluate", digits_study.path, "--json") == 0
    assert "baselines" not in json.loads(capsys.readouterr().out)
    assert cae("evaluate", digits_study.path, "--baselines", "--json") == 0
    figures = json.loads(capsys.readouterr().out)
    assert list(figures["baselines"]) == list(BASELINES)
    assert figures["baselines"]["pca"] == {**dict.fromkeys(FIGURES), **two(digits_study, None)}
    assert cae("evaluate", digits_study.path, "--baselines") == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{'majority':<32} classifier_accuracy 0.5, psnr_db 20" in lines
    assert not any(line.startswith(("confusion", "reliability", "baselines")) for line in lines)


@pytest.mark.parametrize("ending", ["", ".zip", ".gif", ".webp", ".mp4", ".pdf"])
def test_path_joins_images_and_averages(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"synthetic{ending}"
    anchors = ("digit-0003", "label:3", "cluster:2")
    assert cae("path", digits_study.path, *anchors, "--steps", 5, "--out", out) == 0
    assert "5 synthetic images between 3 anchors" in capsys.readouterr().err
    assert out.is_dir() if not ending else out.stat().st_size > 1_000
    if not ending:
        told = json.loads((out / "provenance.json").read_text())["path"]
        assert [one["group"] for one in told["averages"]][:2] == ["digit-0003", "3"]


def test_path_between_images_and_what_it_refuses(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, tmp_path: Path
) -> None:
    out = tmp_path / "synthetic"
    images = ("path", digits_study.path, "digit-0003", "digit-0200", "--neighbours")
    assert cae(*images, "--check", "--out", out) == 0
    assert "from what was meant in the median" in capsys.readouterr().err
    assert "checked_distance" in (out / "synthetic-steps.csv").read_text()
    assert json.loads((out / "provenance.json").read_text())["path"]["kind"] == "neighbours"
    assert cae(*images, "label:3", "--out", tmp_path / "synthetic.gif") == 2
    assert "joins images" in capsys.readouterr().err
    assert cae("path", digits_study.path, "digit-0003", "label:none", "--out", out) == 2
    assert cae(*images, "--out", tmp_path / "path.gif") == 2
    assert "must contain 'synthetic'" in capsys.readouterr().err


def test_evaluate_counts_planted_marks_where_asked(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study
) -> None:
    assert cae("evaluate", digits_study.path, "--marks", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["marks"]["rows"]
    assert len(rows) == 12
    assert cae("evaluate", digits_study.path, "--marks") == 0
    row = rows[0]
    expected = f"lost {row['lost']} of {row['seen']}, invented {row['invented']} of {row['silent']}"
    assert f"{'spot, 2 px, 10 %, mean':<32} {expected}" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("name", ["samples", "samples.zip"])
def test_sample_writes_marked_images_like_a_cluster(
    cae: Cae, digits_study: Study, tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    arguments = ("sample", digits_study.path, "--cluster", 2, "--n", 3, "--seed", 4, "--out", out)
    assert cae(*arguments) == 0
    if out.is_dir():
        names = [file.name for file in out.glob("images/*.png")]
        told = json.loads((out / "provenance.json").read_text())
    else:
        with zipfile.ZipFile(out) as archive:
            names = [name for name in archive.namelist() if name.endswith(".png")]
            told = json.loads(archive.read("provenance.json"))
    assert len(names) == 3
    assert all("synthetic" in name for name in names)
    assert told["samples"]["like"] == {"kind": "cluster", "cluster": 2}
    assert told["samples"]["seed"] == 4


def test_samples_are_written_as_dicom_where_asked_for(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, tmp_path: Path
) -> None:
    command = ("sample", digits_study.path, "--cluster", 2, "--n", 3, "--dicom", "--out")
    assert cae(*command, tmp_path / "scans") == 2
    assert "must contain 'synthetic'" in capsys.readouterr().err
    assert cae(*command, tmp_path / "synthetic") == 0
    assert len(list((tmp_path / "synthetic").glob("synthetic/*.dcm"))) == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--cluster", 99), "There is no cluster 99"),
        (("--cluster", -1), "Unclustered images (-1) are no cluster"),
        (("--cluster", 1, "--n", 0), "ask for 1 to 10,000"),
        (("--n", 3), "Missing option '--cluster'"),
    ],
)
def test_samples_that_cannot_be_drawn_are_a_sentence(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    digits_study: Study,
    tmp_path: Path,
    options: tuple[object, ...],
    said: str,
) -> None:
    out = tmp_path / "samples"
    assert cae("sample", digits_study.path, *options, "--out", out) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


def test_augment_draws_a_picture_with_the_images_own_preset(
    cae: Cae, digits_study: Study, tmp_path: Path
) -> None:
    file = tmp_path / "views.png"
    assert cae("augment", digits_study.path, "--out", file) == 0
    with Image.open(file) as picture:
        assert picture.size == (8 * 28, 8 * 28)
        assert len(np.unique(np.asarray(picture))) > 10


def test_unexpected_errors_are_one_line_and_a_log(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    digits_study: Study,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def fail(study: Study) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("cae.cli.looking.study_facts", fail)
    assert cae("info", digits_study.path) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("cae: Something unexpected happened (ZeroDivisionError: two lines).")
    (log,) = (tmp_path / "home" / ".logs").iterdir()
    assert str(log) in line
    assert "Traceback" in log.read_text()


def test_a_full_disk_is_named(
    cae: Cae,
    capsys: pytest.CaptureFixture[str],
    digits_study: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*arguments: object, **how: object) -> None:
        raise OSError(28, "No space left on device", "latents.npy")

    monkeypatch.setattr(steps, "encode", fail)
    assert cae("encode", digits_study.path) == 1
    assert "No space left on device: latents.npy" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "state", "sentence"),
    [
        (CaeError("The disk is full."), "failed", "The disk is full."),
        (KeyboardInterrupt(), "cancelled", ""),
        (RuntimeError("odd"), "failed", "Something unexpected happened (RuntimeError: odd)."),
        (None, "done", ""),
    ],
)
def test_status_file_tells_the_outcome(
    cae: Cae,
    digits_study: Study,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: BaseException | None,
    state: str,
    sentence: str,
) -> None:
    def step(study: Study, progress: Callable[..., None]) -> None:
        progress(3, 4, "working")
        if error:
            raise error

    monkeypatch.setattr(steps, "encode", step)
    status = tmp_path / "status.json"
    cae("--status", status, "encode", digits_study.path)
    written = json.loads(status.read_text())
    assert (written["state"], written["error"]) == (state, sentence)
    assert (written["step"], written["done"], written["total"]) == ("encode", 3, 4)
    assert written["message"] == "working"


def test_app_opens_the_study_it_is_given(
    cae: Cae, digits_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}

    def run(command: list[str], **how: object) -> subprocess.CompletedProcess[bytes]:
        seen.update(command=command, **how)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(main.subprocess, "run", run)
    monkeypatch.chdir(digits_study.path.parent)
    monkeypatch.setenv("CAE_HOME", "studies")
    port = free_port()
    assert cae("app", digits_study.path, "--port", port, "--no-browser") == 0
    assert seen["env"]["CAE_STUDY"] == str(digits_study.path)
    # The app runs in another folder than the one that a relative home is meant in.
    assert seen["env"]["CAE_HOME"] == str(digits_study.path.parent / "studies")
    assert seen["command"][seen["command"].index("--server.port") + 1] == str(port)
    assert seen["command"][seen["command"].index("--server.headless") + 1] == "true"


def test_a_port_that_is_taken_is_told(cae: Cae, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("localhost", 0)) as other:
        port = other.getsockname()[1]
        assert cae("app", "--port", port, "--no-browser") == 2
    told = capsys.readouterr().err
    assert f"port {port} of localhost" in told
    assert "--port" in told


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.2", "example.org"])
def test_app_listens_to_others_only_where_they_sign_in(
    cae: Cae, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.delenv("CAE_ACCESS", raising=False)
    monkeypatch.setattr(main.subprocess, "run", None)
    assert cae("app", "--address", address, "--no-browser") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"cae: Without sign-in the app listens on localhost only, not on {address}"
    )


def test_app_with_sign_in_listens_and_lies_where_its_file_says(
    cae: Cae, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}

    def run(command: list[str], **how: object) -> subprocess.CompletedProcess[bytes]:
        seen.update(command=command, **how)
        return subprocess.CompletedProcess(command, 0)

    file = tmp_path / "who.toml"
    file.write_text(ACCESS)
    monkeypatch.setattr(main.subprocess, "run", run)
    assert cae("app", "--address", "0.0.0.0", "--access", file, "--no-browser") == 0
    options = dict(itertools.pairwise(seen["command"]))
    assert options["--server.address"] == "0.0.0.0"
    assert options["--server.baseUrlPath"] == "cae"
    assert options["--server.allowedHosts"] == "images.example.org"
    assert seen["env"]["CAE_ACCESS"] == str(file)
    assert "secret" not in " ".join(seen["command"])


def test_app_refuses_a_file_that_says_nothing_of_use(
    cae: Cae, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "who.toml"
    assert cae("app", "--access", file) == 2
    assert "cannot be read" in capsys.readouterr().err
    file.write_text("[people]")
    assert cae("app", "--access", file) == 2
    assert "address is missing" in capsys.readouterr().err


def test_app_refuses_what_is_no_study(cae: Cae, tmp_path: Path) -> None:
    assert cae("app", tmp_path) == 2


@pytest.mark.parametrize("method", ["local", "local-published"])
def test_a_local_model_segments_and_locates(
    cae: Cae, digits_npz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    folder = tmp_path / "study"
    build = ("build", f"npz:{digits_npz}", "--out", folder, "--method", method)
    assert cae(*build, "--epochs", 1, "--regions", 3) == 0
    study = Study.open(folder)
    assert study.is_current("areas") and not study.is_done("train")
    assert study.parameters("local")["regions"] == 3
    assert cae("info", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["steps"]["local"]["state"] == "done"

    assert cae("segment", folder, "--out", tmp_path / "masks") == 0
    assert len(list((tmp_path / "masks" / "masks").iterdir())) == 90
    name = study.samples["id"].iloc[3]
    points = tmp_path / "points.csv"
    assert cae("landmark", folder, "--image", name, "--point", "9,12", "--out", points) == 0
    lines = points.read_text().splitlines()
    assert lines[0] == "row,image,x,y,similarity,confidence"
    assert len(lines) == 90
    assert name not in [line.split(",")[1] for line in lines]


def test_structures_are_outlined_from_the_masks_of_a_cohort(
    cae: Cae, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = digits_imageset(60)
    masks = np.where(digits.images > 128, np.uint8(255), np.uint8(0))
    path, out = tmp_path / "study", tmp_path / "outlines.zip"
    study = Study.create(path, replace(digits, masks=masks, mask_names=("stroke",)), "digits")
    chosen = Selection.empty().combine(np.array([0, 6]), "replace", {"kind": "ids"})
    study.cohorts.save("my masks", chosen)
    assert cae("outline", path, "--labelled", "my masks", "--steps", 2, "--out", out) == 0
    said = capsys.readouterr().err
    assert "Outlines of 60 images, learnt from 2 (random weights)" in said
    assert re.search(r"stroke: Dice 0\.\d\d \(.*\) on 50 other images with a mask", said)
    assert out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--image", "no such", "--point", "1,2"), "no image with the id"),
        (("--image", "digit-0001", "--point", "1"), "is not X,Y"),
        (("--image", "digit-0001", "--point", "1,400"), "outside the images"),
    ],
)
def test_a_wrong_landmark_gets_a_sentence(
    cae: Cae,
    local_study: Study,
    tmp_path: Path,
    arguments: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "points.csv"
    assert cae("landmark", local_study.path, *arguments, "--out", out) == main.MISUSE
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_a_study_without_a_local_model_says_how_to_get_one(
    cae: Cae, digits_study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cae("segment", digits_study.path, "--out", tmp_path / "masks") == main.MISUSE
    assert "--method local" in capsys.readouterr().err


def test_settings_of_other_methods_are_refused(
    cae: Cae, digits_npz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = ("build", f"npz:{digits_npz}", "--out", tmp_path / "study")
    assert cae(*build, "--method", "local", "--latent", 8) == main.MISUSE
    assert "'local' has no setting 'latent'" in capsys.readouterr().err
    assert cae(*build, "--method", "local", "--preset", "chest") == main.MISUSE
    assert "no preset 'chest'" in capsys.readouterr().err
    assert cae(*build, "--regions", 4) == main.MISUSE
    assert not (tmp_path / "study").exists()


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(np.full((28, 28), number * 9 + 1, np.uint8)).save(folder / f"{number}.png")
    lines = ["file,dx,grade,who,part", "0.png,a,1,p,train", "1.png,b,2,q,test", "2.png,a,1,p,train"]
    (folder / "meta.csv").write_text("\n".join(lines))
    return folder


def test_import_tells_how_the_table_was_understood(
    cae: Cae, scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert cae("import", f"folder:{scans}", "--out", tmp_path / "study") == 0
    said = capsys.readouterr().err
    assert "'file' names the images; 3 of 3 rows belong to 3 of 4 images." in said
    assert "Labels are from 'dx'." in said
    assert "3.png: meta.csv has no row for it" in said
    assert "could not be used" not in said


def test_import_takes_columns_from_a_person(cae: Cae, scans: Path, tmp_path: Path) -> None:
    options = ["--image-column", "file", "--label", "grade", "--patient", "who", "--split", "part"]
    out = tmp_path / "study"
    assert cae("import", f"folder:{scans}", "--out", out, *options, "--encoding", "utf-8") == 0
    samples = Study.open(out).samples
    assert samples["label"].tolist()[:3] == ["1", "2", "1"]
    assert samples["patient"].tolist()[:3] == ["p", "q", "p"]
    assert samples["split"].tolist()[:3] == ["train", "test", "train"]
    assert "dx" in samples


def test_columns_are_shown_and_changed_after_import(
    cae: Cae, scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    assert cae("import", f"folder:{scans}", "--out", out, "--label", "dx") == 0
    assert cae("columns", out, "--json") == 0
    rows = {row["column"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["label"]["from"] == "'dx'"
    assert rows["file"]["from"] == "'file', which names the images"
    assert rows["patient"]["identifying"] == "yes"
    assert cae("columns", out, "--label", "grade", "--patient", "who") == 0
    shown = capsys.readouterr()
    assert "Labels are from 'grade' now; the former ones are in the column 'dx'." in shown.err
    assert "'grade'" in shown.out
    assert cae("info", out, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["choices"] == {"label": "grade", "patient": "who"}
    assert facts["columns_from"]["patient"] == "'who'"
    shutil.rmtree(scans)
    assert cae("columns", out, "--label", "dx") == 0
    samples = Study.open(out).samples
    assert samples["label"].tolist()[:3] == ["a", "b", "a"]
    assert samples["grade"].tolist()[:3] == [1, 2, 1]


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        (("--label", "none", "--split", "dx"), "no words for train, val and test"),
        (("--patient", "absent"), "has no column 'absent'"),
    ],
)
def test_a_column_that_does_not_fit_is_refused(
    cae: Cae,
    scans: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: tuple[str, ...],
    reason: str,
) -> None:
    out = tmp_path / "study"
    assert cae("import", f"folder:{scans}", "--out", out) == 0
    assert cae("columns", out, *option) == main.MISUSE
    assert reason in capsys.readouterr().err


def test_only_sources_with_a_table_take_columns(
    cae: Cae, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert cae("import", "brain", "--out", tmp_path / "study", "--label", "x") == main.MISUSE
    assert "has no table" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--limit", 5), ("--name", "other")])
def test_what_is_for_a_new_study_is_refused_for_one_that_is_there(
    cae: Cae, capsys: pytest.CaptureFixture[str], digits_study: Study, option: tuple[str, object]
) -> None:
    assert cae("build", digits_study.path, *option) == main.MISUSE
    assert "--limit and --name change nothing" in capsys.readouterr().err


def test_a_new_step_has_its_command() -> None:
    by_hand = {"import", "train", "decoder", "local"}
    named = {
        command.name or command.callback.__name__ for command in making.commands.registered_commands
    }
    assert set(STEPS) - by_hand <= named


@pytest.mark.parametrize(
    ("options", "is_trained"), [((), False), (("--method", "contrastive"), True)]
)
def test_a_training_that_is_asked_for_takes_a_pretrained_models_place(
    cae: Cae,
    digits_npz: Path,
    tmp_path: Path,
    quick_map: None,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    is_trained: bool,
) -> None:
    """Also where it has the very settings that the pretrained model was trained with."""
    study = tmp_path / "study"
    assert cae("import", f"npz:{digits_npz}", "--out", study) == 0
    assert cae("use", study, "--model", "pneumoniamnist") == 0
    asked: list[str] = []

    def noting(study: Study, settings: object, progress: object) -> None:
        asked.append(settings.method)

    monkeypatch.setattr(steps, "train", noting)
    assert cae("build", study, *options) == 0
    assert asked == (["contrastive"] if is_trained else [])
