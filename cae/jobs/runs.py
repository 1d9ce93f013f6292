"""Builds that run in the background, outliving the page that started them.

Beside a study ``PARENT/NAME`` its jobs lie in ``PARENT/.jobs/NAME/<number>/``: ``process.json``
(who runs it), ``status.json`` (how far it is, written by the process itself) and ``log.txt``.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from cae.documents import Count, Document, Line, Share, Text, fits
from cae.errors import CaeError
from cae.jobs.reporting import Moment
from cae.process_identity import ProcessIdentity
from cae.process_note import ProcessNote, noted_process
from cae.storage import read_json, remove_scratch, write_json
from cae.timestamp import now_utc
from cae.uploads import discard_uploads, hand_over

STATES = ("starting", "running", "done", "failed", "cancelled", "interrupted")
KEPT_RUNS = 5
_WRITE_SECONDS = 0.34
_START_SECONDS = 20.0
_NICENESS = 5
# What is killed ends, but on a busy computer not at once.
_DEATH_SECONDS = 60.0
# Nobody can tell whether a process of another computer lives; one that works writes how far it is.
_LOST_SECONDS = 3600.0


class RunNote(ProcessNote):
    """What ``process.json`` holds."""

    arguments: list[Line] = []
    started: Line = ""


class StatusNote(Document):
    """What ``status.json`` holds."""

    state: Literal["starting", "running", "done", "failed", "cancelled", "interrupted"] = "starting"
    step: Line = ""
    done: Count = 0
    total: Count = 0
    message: Text = ""
    rate: Share | None = None
    seconds_left: Share | None = None
    plan: list[Line] = []
    error: Text = ""


@dataclass(frozen=True)
class Job:
    """The latest run for a study.

    Attributes:
        folder: the study's folder, which may not exist yet.
        state: one of `STATES`; ``interrupted`` means that the process vanished, or runs on another
            computer and has not been heard of for an hour.
        arguments: of the command ``cae``.
        moment: how far it is.
        error: one sentence when it failed, else empty.
        started: UTC, ISO 8601.
        log: file with everything the process wrote.
    """

    folder: Path
    state: str
    arguments: tuple[str, ...]
    moment: Moment
    error: str
    started: str
    log: Path

    @property
    def is_active(self) -> bool:
        """Whether a process works on it now."""
        return self.state in ("starting", "running")

    @property
    def can_resume(self) -> bool:
        """Whether starting it again would go on where it stopped."""
        return self.state in ("failed", "cancelled", "interrupted")


class StatusFile:
    """Writes moments to a JSON file, at most three times a second, whole at every moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._moment = Moment("")
        self._written = 0.0
        self._started = now_utc()
        self.finish("running")

    def __call__(self, moment: Moment) -> None:
        """Take note of `moment`; it reaches the file soon, at the latest with `finish`."""
        is_new_step = moment.step != self._moment.step
        self._moment = moment
        if is_new_step or time.monotonic() - self._written >= _WRITE_SECONDS:
            self._written = time.monotonic()
            # Work need not end because nobody can be told how far it is.
            with suppress(CaeError, OSError):
                self._write("running")

    def finish(self, state: str, error: str = "") -> None:
        """Write `state` and the last moment at once, also on a full disk."""
        try:
            self._write(state, error)
        except (CaeError, OSError):
            # No longer than what was written before, which has its place on the disk.
            text = json.dumps({"state": state, "error": error})
            with suppress(OSError):
                self._path.write_text(text, "utf-8")

    def _write(self, state: str, error: str = "") -> None:
        status = {"state": state, **asdict(self._moment), "error": error}
        write_json(self._path, {**status, "pid": os.getpid(), "started": self._started})


def start(folder: Path, arguments: list[str]) -> Job:
    """Run ``cae`` with `arguments` in the background for the study at `folder`.

    Uploads that the arguments name are the job's: they are discarded when it ends in any way.

    Raises:
        CaeError: a job for this study is still running, or it cannot be started.
    """
    folder = Path(folder).expanduser().resolve()
    last = status(folder)
    if last and last.is_active:
        raise _busy(folder)
    run = _next_run(folder)
    command = [sys.executable, "-m", "cae", "--status", str(run / "status.json"), *arguments]
    try:
        with (run / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        hand_over(" ".join(arguments), process.pid)
        _let_the_app_go_first(process.pid)
        noted = ProcessIdentity.of(process.pid).as_json()
        write_json(run / "process.json", {**noted, "arguments": arguments, "started": now_utc()})
    except OSError as error:
        shutil.rmtree(run, ignore_errors=True)
        raise CaeError(f"The job could not be started in {run}: {error.strerror}.") from error
    threading.Thread(target=_outlive, args=(process, arguments), daemon=True).start()
    return _read(folder, run)


def status(folder: Path) -> Job | None:
    """Return the latest job for the study at `folder`, None if there never was one."""
    folder = Path(folder).expanduser().resolve()
    runs = _runs(folder)
    return _read(folder, runs[-1]) if runs else None


def list_jobs(parent: Path) -> list[Job]:
    """Return the latest job of every study in `parent` that ever had one, by name."""
    parent = Path(parent).expanduser().resolve()
    if not (parent / ".jobs").is_dir():
        return []
    found = [status(parent / entry.name) for entry in sorted((parent / ".jobs").iterdir())]
    return [job for job in found if job]


def cancel(folder: Path, patience: float = 6.0) -> Job | None:
    """End the study's job and return what became of it.

    The process is asked to stop, and killed after `patience` seconds; nothing half-written
    stays. What its finished steps and checkpoints hold is kept, so it can be resumed.

    Raises:
        CaeError: it runs on another computer.
    """
    job = status(folder)
    if job is None or not job.is_active:
        return job
    run = job.log.parent
    identity = noted_process(_run_note(run))
    if identity is not None and identity.is_elsewhere:
        raise CaeError(
            f"The job for {job.folder.name} runs on the computer {identity.host}; cancel it there, "
            "or wait: when nothing is heard of it for an hour, it counts as interrupted."
        )
    processes = _family(identity)
    for process in processes:
        _signal(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=_DEATH_SECONDS)
    job = _read(job.folder, run)
    discard_uploads(" ".join(job.arguments))
    # Also of a process that ended well: it may have been stopped while it cleared up.
    remove_scratch(job.folder)
    if job.state in ("starting", "interrupted"):
        written = _status_note(run)
        write_json(run / "status.json", {**written, "state": "cancelled", "error": ""})
    return _read(job.folder, run)


def forget(folder: Path) -> None:
    """Drop the records of the study's jobs.

    Raises:
        CaeError: one of them is running.
    """
    job = status(folder)
    if job and job.is_active:
        raise _busy(job.folder)
    shutil.rmtree(_jobs_of(Path(folder).expanduser().resolve()), ignore_errors=True)


def _outlive(process: subprocess.Popen[bytes], arguments: list[str]) -> None:
    """Wait for a job's process, which else would stay a zombie, and clear up if it was killed."""
    process.wait()
    discard_uploads(" ".join(arguments))


def _jobs_of(folder: Path) -> Path:
    return folder.parent / ".jobs" / folder.name


def _runs(folder: Path) -> list[Path]:
    try:
        found = [run for run in _jobs_of(folder).iterdir() if run.name.isdecimal()]
    except OSError:
        return []
    return sorted(found, key=lambda run: int(run.name))


def _next_run(folder: Path) -> Path:
    """Make the folder of a new run; making it is what decides between two who start at once."""
    runs = _runs(folder)
    run = _jobs_of(folder) / str(int(runs[-1].name) + 1 if runs else 1)
    try:
        run.parent.mkdir(parents=True, exist_ok=True)
        run.mkdir()
    except FileExistsError as error:
        raise _busy(folder) from error
    except OSError as error:
        raise CaeError(f"{run} cannot be written: {error.strerror}; free it or move on.") from error
    for old in runs[: -KEPT_RUNS + 1]:
        shutil.rmtree(old, ignore_errors=True)
    return run


def _busy(folder: Path) -> CaeError:
    return CaeError(f"A job for {folder.name} is already running; wait for it or cancel it.")


def _read(folder: Path, run: Path) -> Job:
    noted, written = _run_note(run), _status_note(run)
    moment = Moment(
        step=written.get("step", ""),
        done=written.get("done", 0),
        total=written.get("total", 0),
        message=written.get("message", ""),
        rate=written.get("rate"),
        seconds_left=written.get("seconds_left"),
        plan=tuple(written.get("plan", ())),
    )
    return Job(
        folder=folder,
        state=_state(run, noted, written),
        arguments=tuple(noted.get("arguments", ())),
        moment=moment,
        error=written.get("error", ""),
        started=noted.get("started", ""),
        log=run / "log.txt",
    )


def _state(run: Path, noted: dict[str, Any], written: dict[str, Any]) -> str:
    state: str = written.get("state", "starting")
    if state not in ("starting", "running"):
        return state
    if not noted:
        # The starter has made the folder and is about to say which process runs in it.
        return "starting" if _age(run) < _START_SECONDS else "interrupted"
    process = noted_process(noted)
    if process is not None and process.is_alive:
        files = (run / name for name in ("process.json", "status.json", "log.txt"))
        is_lost = process.is_elsewhere and min(map(_age, files)) > _LOST_SECONDS
        return "interrupted" if is_lost else state
    # The process may have written its last status between the two looks.
    return _final(_status_note(run).get("state", "starting"))


def _final(state: str) -> str:
    return "interrupted" if state in ("starting", "running") else state


def _age(path: Path) -> float:
    """Return the seconds since a file or folder changed; infinite where there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


def _family(identity: ProcessIdentity | None) -> list[psutil.Process]:
    process = None if identity is None else identity.process
    if process is None:
        return []
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.Error:
        return


def _let_the_app_go_first(pid: int) -> None:
    """Give a process less of a busy computer than the app has."""
    with suppress(psutil.Error):
        psutil.Process(pid).nice(_NICENESS)


def _run_note(run: Path) -> dict[str, Any]:
    return _note(run / "process.json", RunNote)


def _status_note(run: Path) -> dict[str, Any]:
    return _note(run / "status.json", StatusNote)


def _note(path: Path, schema: type[Document]) -> dict[str, Any]:
    """Return what a file holds; nothing where it is missing or damaged."""
    try:
        found = read_json(path)
    except CaeError:
        return {}
    return found if fits(found, schema) else {}
