"""Background jobs: real processes, started, watched, cancelled, killed and resumed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from cae.errors import CaeError
from cae.jobs import runs
from cae.storage import write_json
from cae.study.study import Study
from cae.uploads import new_upload, uploads_folder
from tests.conftest import digits_imageset

PATIENCE = 90.0
MANY_EPOCHS = "100000"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the study of a job will be; whatever still runs at the end is ended."""
    path = tmp_path / "studies" / "digits"
    yield path
    runs.cancel(path, patience=1.0)


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    images = digits_imageset(90).images[..., 0]
    np.savez(tmp_path / "digits.npz", train_images=images[:70], val_images=images[70:])
    return tmp_path / "digits.npz"


@pytest.fixture
def imported(folder: Path) -> Path:
    return Study.create(folder, digits_imageset(90), "digits").path


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def state(folder: Path) -> str:
    return runs.status(folder).state


def train(folder: Path, epochs: str = MANY_EPOCHS) -> runs.Job:
    return runs.start(folder, ["train", str(folder), "--epochs", epochs, "--latent", "4"])


def process_of(job: runs.Job) -> psutil.Process:
    return psutil.Process(json.loads((job.log.parent / "process.json").read_text())["pid"])


def history_of(folder: Path) -> Path:
    return Study.open(folder).history_file("train")


def is_training(folder: Path) -> bool:
    job = runs.status(folder)
    assert job.is_active, job.log.read_text()
    # The history is written last, so that an epoch is on disk as a whole; what is told of the
    # moment may be a little older.
    return history_of(folder).exists() and job.moment.message.startswith("epoch ")


def test_no_job_yet(folder: Path) -> None:
    assert runs.status(folder) is None
    assert runs.list_jobs(folder.parent) == []
    assert runs.cancel(folder) is None


def test_a_job_runs_to_its_end(folder: Path, npz: Path) -> None:
    job = runs.start(folder, ["import", f"npz:{npz}", "--out", str(folder)])
    assert job.is_active
    assert os.getsid(process_of(job).pid) != os.getsid(0)
    wait_for(lambda: not runs.status(folder).is_active)
    done = runs.status(folder)
    assert (done.state, done.error) == ("done", ""), done.log.read_text()
    assert not done.can_resume
    assert len(Study.open(folder)) == 90
    assert [listed.folder for listed in runs.list_jobs(folder.parent)] == [folder]


def test_a_failure_is_told_in_one_sentence(folder: Path) -> None:
    runs.start(folder, ["import", "npz:absent.npz", "--out", str(folder)])
    wait_for(lambda: not runs.status(folder).is_active)
    failed = runs.status(folder)
    assert failed.state == "failed"
    assert "absent.npz" in failed.error
    assert not folder.exists()


def test_misuse_that_never_reports_is_no_running_job(folder: Path) -> None:
    runs.start(folder, ["frobnicate"])
    wait_for(lambda: not runs.status(folder).is_active)
    assert state(folder) == "interrupted"


def test_one_job_at_a_time_then_cancel_then_resume(imported: Path) -> None:
    job = train(imported)
    wait_for(lambda: is_training(imported))
    with pytest.raises(CaeError, match="already running"):
        train(imported)
    with pytest.raises(CaeError, match="already running"):
        runs.forget(imported)
    running = runs.status(imported).moment
    assert running.step == "train"
    process = process_of(job)
    cancelled = runs.cancel(imported)
    assert (cancelled.state, cancelled.can_resume) == ("cancelled", True)
    assert not process.is_running()
    assert not [path for path in imported.rglob(".*") if path.is_dir()]
    epochs = len(history_of(imported).read_text().splitlines())
    runs.start(imported, list(cancelled.arguments))
    wait_for(lambda: len(history_of(imported).read_text().splitlines()) > epochs)
    lines = history_of(imported).read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, len(lines) + 1))


def test_a_killed_job_reads_as_interrupted(imported: Path) -> None:
    job = train(imported)
    wait_for(lambda: is_training(imported))
    process_of(job).kill()
    wait_for(lambda: not runs.status(imported).is_active)
    killed = runs.status(imported)
    assert (killed.state, killed.can_resume) == ("interrupted", True)
    assert runs.cancel(imported).state == "interrupted"


def test_a_job_that_ignores_the_request_is_killed(imported: Path) -> None:
    job = train(imported)
    wait_for(lambda: is_training(imported))
    process = process_of(job)
    process.send_signal(signal.SIGSTOP)
    assert runs.cancel(imported, patience=0.5).state == "cancelled"
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


@pytest.fixture
def uploaded(npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The npz file as a browser sent it."""
    monkeypatch.setenv("CAE_HOME", str(tmp_path / "home"))
    return shutil.copy(npz, new_upload() / "Doe^Jane.npz")


def uploads_left() -> list[Path]:
    return list(uploads_folder().iterdir())


def test_an_upload_is_gone_once_imported_and_the_study_says_what_it_was(
    folder: Path, uploaded: Path
) -> None:
    command = [sys.executable, "-m", "cae", "import", f"npz:{uploaded}", "--out", str(folder)]
    subprocess.run(command, check=True)
    assert uploads_left() == []
    study = Study.open(folder)
    assert study.manifest["source"] == "upload:npz:Doe^Jane.npz"
    assert study.parameters("import")["source"] == "upload:npz:Doe^Jane.npz"
    assert str(uploads_folder()) not in (folder / "study.json").read_text()
    again = subprocess.run(
        [sys.executable, "-m", "cae", "build", study.manifest["source"], "--out", str(folder)],
        capture_output=True,
        text=True,
    )
    assert "Doe^Jane.npz was uploaded, and uploads are not kept" in again.stderr


@pytest.mark.parametrize("damage", ["no array", "unknown option"])
def test_an_upload_whose_import_fails_is_gone(folder: Path, uploaded: Path, damage: str) -> None:
    uploaded.write_bytes(b"no array")
    options = ["--no-such-option"] if damage == "unknown option" else []
    runs.start(folder, ["import", f"npz:{uploaded}", "--out", str(folder), *options])
    wait_for(lambda: not runs.status(folder).is_active and not uploads_left())
    assert not folder.exists()


@pytest.mark.parametrize("how", ["kill", "cancel"])
def test_an_upload_whose_import_is_given_up_is_gone(folder: Path, uploaded: Path, how: str) -> None:
    job = runs.start(folder, ["import", f"npz:{uploaded}", "--out", str(folder)])
    process_of(job).send_signal(signal.SIGSTOP)
    assert uploads_left()
    if how == "kill":
        process_of(job).kill()
    else:
        runs.cancel(folder, patience=0.5)
        assert not uploads_left()
    wait_for(lambda: not uploads_left())
    assert not folder.exists()


def test_another_process_with_the_same_number_is_not_the_job(folder: Path, npz: Path) -> None:
    runs.start(folder, ["import", f"npz:{npz}", "--out", str(folder)])
    wait_for(lambda: not runs.status(folder).is_active)
    run = runs.status(folder).log.parent
    own = psutil.Process()
    status = json.loads((run / "status.json").read_text())
    (run / "status.json").write_text(json.dumps({**status, "state": "running"}))
    for born, expected in ((own.create_time(), "running"), (1.0, "interrupted")):
        (run / "process.json").write_text(json.dumps({"pid": own.pid, "born": born}))
        assert state(folder) == expected
    assert runs.cancel(folder).state == "interrupted"


def test_a_job_of_another_computer_runs_while_it_is_heard_of(folder: Path, uploaded: Path) -> None:
    run = folder.parent / ".jobs" / folder.name / "1"
    noted = {"host": "elsewhere", "pid": 7, "born": 1.0, "arguments": [f"npz:{uploaded}"]}
    write_json(run / "process.json", noted)
    write_json(run / "status.json", {"state": "running"})
    assert state(folder) == "running"
    with pytest.raises(CaeError, match="digits runs on the computer elsewhere; cancel it there"):
        runs.cancel(folder)
    with pytest.raises(CaeError, match="already running"):
        runs.start(folder, ["frobnicate"])
    # It needs what was uploaded for it.
    assert uploaded.exists()
    for file in run.iterdir():
        os.utime(file, (0, 0))
    assert state(folder) == "interrupted"
    assert runs.status(folder).can_resume


def test_a_job_goes_after_the_app_on_a_busy_computer(folder: Path, npz: Path) -> None:
    job = runs.start(folder, ["import", f"npz:{npz}", "--out", str(folder)])
    assert process_of(job).nice() > psutil.Process().nice()


def test_a_starter_that_died_does_not_block(folder: Path, npz: Path) -> None:
    run = folder.parent / ".jobs" / folder.name / "1"
    run.mkdir(parents=True)
    assert state(folder) == "starting"
    os.utime(run, (0, 0))
    assert state(folder) == "interrupted"
    runs.start(folder, ["import", f"npz:{npz}", "--out", str(folder)])
    wait_for(lambda: not runs.status(folder).is_active)
    assert state(folder) == "done"


def test_damaged_records_read_as_interrupted(folder: Path) -> None:
    run = folder.parent / ".jobs" / folder.name / "1"
    run.mkdir(parents=True)
    (run / "process.json").write_text("[1, 2")
    (run / "status.json").write_text("no json")
    os.utime(run, (0, 0))
    assert state(folder) == "interrupted"
    runs.forget(folder)
    assert runs.status(folder) is None


def test_old_runs_are_dropped(folder: Path) -> None:
    for number in range(1, 12):
        run = folder.parent / ".jobs" / folder.name / str(number)
        run.mkdir(parents=True)
        os.utime(run, (0, 0))
    runs.start(folder, ["frobnicate"])
    wait_for(lambda: not runs.status(folder).is_active)
    kept = sorted(int(run.name) for run in (folder.parent / ".jobs" / folder.name).iterdir())
    assert kept == [8, 9, 10, 11, 12]
