"""The folder of a study, and the steps whose results lie in it."""

import hashlib
import importlib.metadata
import json
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from cae.errors import CaeError
from cae.storage import (
    atomic_path,
    require_no_way_out,
    sha256_file,
    write_json,
    write_table,
)
from cae.study.locks import editing, working
from cae.study.manifest import MANIFEST, RUNS, read_manifest, result_digest
from cae.study.step import BROUGHT_STEPS, MAP_STEPS, READ_WITH, STEPS
from cae.study.step_files import StepFiles
from cae.timestamp import now_utc

_READER = {model: reader for reader, model in READ_WITH.items()}
# What an import writes where the source brings it.
_OPTIONAL = {"masks.npy", "originals.parquet"}
_VERSIONED = (
    "cae-explorer",
    "torch",
    "numpy",
    "umap-learn",
    "faiss-cpu",
    "hdbscan",
    "scikit-learn",
)


@dataclass(frozen=True)
class Damage:
    """A file of a study that is not what it should be, and the step that makes it anew, if any."""

    file: str
    reason: str
    step: str


class StudyFolder:
    """What study.json notes of the steps of a study, and how a step changes it.

    A step is a transaction: while it runs its former result stays in use, and one rename of
    study.json puts the new one in its place. Results of later steps stay in use too until they are
    run again; `is_current` says whether they are made from the present ones, and a model is kept
    for as long as there are latents that it encoded. An object shows the study as it was when it
    was opened, or when one of its own steps ended.
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a study without loading its images.

        The folder may come from anybody: nothing in it is trusted.

        Raises:
            CaeError: `path` is no study, a damaged one or one of a newer format, or a link in it
                leads out of it.
        """
        path = Path(path).expanduser().resolve()
        if not (path / MANIFEST).is_file():
            raise CaeError(f"{path} is not a study: it has no {MANIFEST}; make one with cae build.")
        require_no_way_out(path)
        return cls(path, read_manifest(path))

    @property
    def name(self) -> str:
        """Short name of the image set, which a renamed folder keeps.

        What people are told of the study names its folder.
        """
        name: str = self.manifest["name"]
        return name

    @property
    def identity(self) -> str:
        """What the study and its copies are known by where many studies are in one place.

        One of a version that gave none is known by how it began, which stays.
        """
        if given := self.manifest.get("identity"):
            return str(given)
        began = [self.manifest[name] for name in ("name", "source", "seed", "created")]
        return hashlib.sha256(json.dumps(began).encode("utf-8")).hexdigest()[:32]

    @property
    def seed(self) -> int:
        """The seed of every random choice made for this study."""
        seed: int = self.manifest["seed"]
        return seed

    @property
    def brought(self) -> dict[str, Any] | None:
        """What is noted of latents that came from elsewhere, see `cae.study.brought`.

        None where a model of the study encoded them, or there are none yet.
        """
        brought: dict[str, Any] | None = self.parameters("encode").get("brought")
        return brought

    @property
    def map_steps(self) -> tuple[str, ...]:
        """The steps that lead to this study's map."""
        return BROUGHT_STEPS if self.brought else MAP_STEPS

    @property
    def model_step(self) -> str:
        """The step that made what decodes this study's latents, or is to make it."""
        return "decoder" if self.brought else "train"

    def newest_folder(self, step: str) -> Path:
        """Return where the model lies that `step`, a training, wrote last."""
        self.require(step)
        return self._folder(self._entry(step))

    def file(self, name: str) -> Path:
        """Return where a file lies that a step wrote as `name`, such as ``latents.npy``.

        It is that of the result in use; there may be none.
        """
        for step in self.manifest["steps"]:
            entry = self.in_use(step)
            if name in entry["files"]:
                return self._place(entry, name)
        return self.path / name

    def is_done(self, step: str) -> bool:
        """Whether `step` has finished once; its result may be outdated, see `is_current`."""
        return step in self.manifest["steps"]

    def is_current(self, step: str) -> bool:
        """Whether `step` has finished on the present results of the steps it needs."""
        return (
            self.is_done(step)
            and all(self.is_current(needed) for needed in self._needs(step))
            and not self.changed_since(step)
        )

    def changed_since(self, step: str) -> list[str]:
        """Return what `step` needs and what has another result since `step` was finished."""
        inputs = self._entry(step).get("inputs", {})
        return [
            needed
            for needed in self._needs(step)
            if inputs.get(needed) != result_digest(self._entry(needed))
        ]

    def outdated(self) -> list[str]:
        """Return the steps whose results are in use though they were made from former ones."""
        return [step for step in STEPS if self.is_done(step) and not self.is_current(step)]

    def in_use(self, step: str) -> dict[str, Any]:
        """Return what study.json notes of the run of `step` whose result is in use; empty if none.

        It is the last that was finished, but for a model: there, the one that the latents, or the
        areas of regions, were made by.
        """
        former = self.manifest.get("former", {}).get(step)
        used = self._entry(_READER.get(step, "")).get("inputs", {}).get(step)
        return former if former and used == result_digest(former) else self._entry(step)

    def parameters(self, step: str) -> dict[str, Any]:
        """Return the parameters of the last finished run of `step`; empty if there was none."""
        parameters: dict[str, Any] = self._entry(step).get("parameters", {})
        return parameters

    def last_parameters(self, step: str) -> dict[str, Any]:
        """Return the parameters that `step` last began with, also in a run that was cut off."""
        unfinished = self.unfinished(step)
        return self.parameters(step) if unfinished is None else unfinished["parameters"]

    def unfinished(self, step: str) -> dict[str, Any] | None:
        """Return what study.json notes of a run of `step` that goes on or was cut off, if any."""
        note: dict[str, Any] | None = self.manifest.get("unfinished", {}).get(step)
        return note

    @property
    def cut_off(self) -> list[str]:
        """The steps of which a run was begun and has not ended; it may go on at this moment."""
        return [step for step in STEPS if self.unfinished(step) is not None]

    def history_file(self, step: str) -> Path:
        """Return where the losses of ``train`` or ``local`` are noted, epoch by epoch.

        They are those of a run that goes on or was cut off, else of the model in use; there may
        be none.
        """
        name = next(name for name in STEPS[step].files if name.endswith("history.jsonl"))
        entry = self.unfinished(step)
        return self.file(name) if entry is None else self._place(entry, name)

    def digest(self, step: str) -> str:
        """Return one hash that stands for the result of `step` in use; empty if there is none."""
        return result_digest(self.in_use(step))

    @property
    def pixels_digest(self) -> str:
        """The hash of the images' pixels; the same for studies of the same images in one order."""
        files = self._entry("import").get("files", {})
        digest: str = files.get("images.npy", {}).get("sha256", "")
        return digest

    def redo(self, step: str) -> str:
        """Return the command that runs `step` anew."""
        if step == "encode" and self.brought:
            return f"cae build {self.path} --latents {self.brought['file']}"
        return STEPS[step].redo(self.path)

    def require(self, step: str) -> None:
        """Raise `CaeError` with the command to run unless `step` has a result."""
        if not self.is_done(step):
            raise CaeError(
                f"The step {step!r} has not been run on the study {self.path.name}; "
                f"run: {self.redo(step)}"
            )

    def require_current(self, step: str) -> None:
        """Raise `CaeError` with the command to run unless the result of `step` is current."""
        self.require(step)
        if not self.is_current(step):
            raise CaeError(
                f"The step {step!r} is out of date in the study {self.path.name}; "
                f"run: {self.redo(step)}"
            )

    def _needs(self, step: str) -> tuple[str, ...]:
        """Return whose results `step` reads where latents are those in use.

        Latents from elsewhere need no model, and what sharpens their decodes needs their decoder.
        """
        of_brought = {"encode": ("import",), "sharpen": ("import", "encode", "decoder")}
        return of_brought.get(step, STEPS[step].needs) if self.brought else STEPS[step].needs

    @contextmanager
    def step(
        self, step: str, parameters: dict[str, Any], needs: tuple[str, ...] | None = None
    ) -> Iterator[StepFiles]:
        """Run the block as `step`; what it writes takes effect when it ends, as a whole.

        The block writes where ``files.add(name)`` says. Files, hashes, parameters and time are
        then noted in study.json. A block that is cut off leaves the former result in use; what it
        wrote stays, and a next run with the same parameters on the same inputs finds it there.

        Args:
            step: its name.
            parameters: what it was told.
            needs: the steps whose results it reads; the usual ones when None.

        Raises:
            CaeError: a step that it needs is not current, or the study cannot be written.
        """
        self.refresh()
        needs = self._needs(step) if needs is None else needs
        for needed in needs:
            self.require_current(needed)
        started = time.perf_counter()
        begun = {
            "parameters": json.loads(json.dumps(parameters)),
            "inputs": {needed: result_digest(self._entry(needed)) for needed in needs},
        }
        note = self._begin(step, begun)
        files = StepFiles(self.path / note["at"])
        yield files
        entry = {"state": "done", **begun, "finished": now_utc()}
        entry["seconds"] = round(time.perf_counter() - started, 2)
        entry["versions"] = _versions()
        self._commit(step, {**entry, "at": note["at"], "files": files.entries()})

    @contextmanager
    def appending(
        self, note: dict[str, Any], identifying: tuple[str, ...]
    ) -> Iterator[Callable[[str], StepFiles]]:
        """Run the block as an append; what it writes takes effect when it ends, as a whole.

        The block gets a function from a step to the files that it writes in that step's place:
        what the study has, with more rows behind. The caller vouches that each step's new result
        is made from the others', so what was current stays so. A block that is cut off leaves the
        study as it was.

        Args:
            note: what study.json is to tell of the append.
            identifying: columns of the new rows that may tell who a patient is.
        """
        self._remove_superseded()
        at = self._new_folder("append")
        written: dict[str, StepFiles] = {}
        yield lambda step: written.setdefault(step, StepFiles(self.path / at))
        made = {step: {"at": at, "files": files.entries()} for step, files in written.items()}
        when = {"appended": now_utc(), "versions": _versions()}

        def change(manifest: dict[str, Any]) -> None:
            steps = manifest["steps"]
            former = {step: result_digest(entry) for step, entry in steps.items()}
            for step, new in made.items():
                steps[step] = {**steps[step], **new}
            digests = {step: [former[step], result_digest(steps[step])] for step in made}
            _take_over(steps.values(), digests)
            named = [name for name in identifying if name not in manifest["identifying"]]
            manifest["identifying"] = [*manifest["identifying"], *named]
            manifest.setdefault("appended", []).append({**note, **when, "digests": digests})

        self._change(change)

    def revise(
        self,
        samples: pd.DataFrame,
        note: dict[str, Any],
        facts: dict[str, Any],
        unaffected: Collection[str],
    ) -> None:
        """Put another table in the place of `samples`, at once; images and their order stay.

        What was made from the former one is outdated then, but for the results of `unaffected`:
        the caller vouches that these steps would make the same of either table.

        Args:
            samples: one row per image.
            note: what study.json is to tell of the change.
            facts: entries of study.json that go with the new table.
            unaffected: names of steps.
        """
        self._remove_superseded()
        at = self._new_folder("columns")
        files = StepFiles(self.path / at)
        write_table(files.add("samples.parquet"), samples)
        written = {name: {**file, "at": at} for name, file in files.entries().items()}
        when = {"changed": now_utc(), "versions": _versions()}

        def change(manifest: dict[str, Any]) -> None:
            steps = manifest["steps"]
            entry = steps["import"]
            former = result_digest(entry)
            entry["files"] |= written
            digests = {"import": [former, result_digest(entry)]}
            kept = [
                part[step]
                for part in (steps, manifest.get("unfinished", {}))
                for step in unaffected
                if step in part
            ]
            _take_over(kept, digests)
            manifest |= facts
            manifest.setdefault("revised", []).append({**note, **when, "digests": digests})

        self._change(change)

    @property
    def revised(self) -> list[dict[str, Any]]:
        """What study.json tells of each change of the table's columns, in their order."""
        found: list[dict[str, Any]] = self.manifest.get("revised", [])
        return found

    @property
    def appended(self) -> list[dict[str, Any]]:
        """What study.json tells of each append, in their order."""
        found: list[dict[str, Any]] = self.manifest.get("appended", [])
        return found

    def is_continued(self, step: str, digest: str) -> bool:
        """Whether `digest` is one of `continued_from`."""
        return digest in self.continued_from(step)

    def continued_from(self, step: str) -> set[str]:
        """Return the digests of the result in use and of what that was before it was continued.

        It is so when rows come behind, and when columns of the table are changed.
        """
        notes = [*self.appended, *self.revised]
        pairs = [note["digests"][step] for note in notes if step in note["digests"]]
        continued = {self.digest(step)}
        # Notes of both kinds are not in one order, so each is asked as often as it may matter.
        for _ in pairs:
            continued |= {former for former, then in pairs if then in continued}
        return continued

    def adopt(self, step: str, entry: dict[str, Any], files: dict[str, Path]) -> None:
        """Take over a finished step from elsewhere: copies of its files and its entry.

        ``inputs`` are set to this study's own, so the caller vouches that they agree.
        """
        self.refresh()
        inputs = {needed: result_digest(self._entry(needed)) for needed in STEPS[step].needs}
        begun = {"parameters": entry["parameters"], "inputs": inputs, "adopted": True}
        note = self._begin(step, begun)
        for name, source in files.items():
            with atomic_path(self.path / note["at"] / name) as temporary:
                temporary.write_bytes(source.read_bytes())
        self._commit(step, {**entry, "inputs": inputs, "at": note["at"]})

    def abandon(self, step: str) -> None:
        """Drop a run of `step` that was cut off; its former result, if any, simply stays.

        Raises:
            CaeError: another process works on the study.
        """
        with self.working():
            self._change(lambda manifest: manifest.get("unfinished", {}).pop(step, None))
            self._remove_superseded()

    def refresh(self) -> None:
        """Show the study as it is now on disk."""
        self._show(read_manifest(self.path))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Keep other processes from running steps of this study, and show it as it is now.

        Raises:
            CaeError: another process does, or the folder cannot be written.
        """
        with working(self.path):
            self.refresh()
            yield

    @contextmanager
    def editing(self) -> Iterator[Self]:
        """Keep others from changing the study's small files, and yield it as it is now on disk.

        Raises:
            CaeError: another process keeps changing them, or the folder cannot be written.
        """
        with editing(self.path):
            yield type(self).open(self.path)

    def verify(self) -> list[Damage]:
        """Compare every file with the hash its step wrote down; return what differs.

        `cae.study.verify.verify` looks at what the files hold, too.
        """
        found = []
        for step in STEPS:
            if self.is_done(step):
                entry = self.in_use(step)
                for name, expected in entry["files"].items():
                    if reason := _difference(self._place(entry, name), expected):
                        found.append(Damage(name, reason, step))
                if not self.is_current(step):
                    found.append(Damage("", "the step is older than what it was made from", step))
            if self.unfinished(step) is not None:
                kept = "; its former result is in use" if self.is_done(step) else ""
                found.append(Damage("", f"the step was cut off before its end{kept}", step))
        return found

    def _entry(self, step: str) -> dict[str, Any]:
        """Return what study.json notes of the last finished run of `step`; empty if none."""
        entry: dict[str, Any] = self.manifest["steps"].get(step, {})
        return entry

    def _folder_in_use(self, step: str) -> Path:
        return self._folder(self.in_use(step))

    def _folder(self, entry: dict[str, Any]) -> Path:
        """Return the folder of a model that a run of a step wrote."""
        name = next(name for name in entry["files"] if name.endswith("model.json"))
        return self._place(entry, name).parent

    def _place(self, entry: dict[str, Any], name: str) -> Path:
        """Return where a file of a run lies; studies of old have no folders of runs.

        A file that was changed since the run lies elsewhere than the others.
        """
        file = entry.get("files", {}).get(name, {})
        place: str = file.get("at", entry.get("at", ""))
        return self.path / place / name

    def _begin(self, step: str, begun: dict[str, Any]) -> dict[str, Any]:
        """Note that a run of `step` begins, or goes on, and return its note in study.json."""
        self._remove_superseded()
        unfinished = self.unfinished(step)
        if unfinished is None or any(unfinished.get(key) != begun[key] for key in begun):
            note = {**begun, "at": self._new_folder(step)}
            self._change(
                lambda manifest: manifest.setdefault("unfinished", {}).update({step: note})
            )
            return note
        return unfinished

    def _new_folder(self, step: str) -> str:
        """Return the name of a folder, relative to the study, for a run of `step`."""
        if step == "import":
            return ""
        taken = [path.name.rpartition("-") for path in (self.path / RUNS).glob(f"{step}-*")]
        numbers = [int(number) for name, _, number in taken if name == step and number.isdecimal()]
        return f"{RUNS}/{step}-{max(numbers, default=0) + 1}"

    def _commit(self, step: str, entry: dict[str, Any]) -> None:
        """Put a run of `step` in the place of its former result, at once."""

        def change(manifest: dict[str, Any]) -> None:
            steps, former = manifest["steps"], manifest.setdefault("former", {})
            last, reader = steps.get(step), steps.get(_READER.get(step, ""))
            used = reader["inputs"].get(step) if reader else None
            if last and result_digest(last) == used != result_digest(entry):
                former[step] = last
            former.pop(READ_WITH.get(step), None)
            if step == "encode" and "brought" not in entry["parameters"]:
                # What decoded latents from elsewhere has nothing to decode any more.
                steps.pop("decoder", None)
            manifest["unfinished"].pop(step, None)
            steps[step] = entry

        self._change(change)

    def _remove_superseded(self) -> None:
        """Remove the files of runs that nothing in study.json refers to any more.

        It waits for the next run to begin, so that whoever reads a former result now can end that.
        """
        parts = [self.manifest.get(part, {}) for part in ("steps", "former", "unfinished")]
        noted = [entry for entries in parts for entry in entries.values()]
        changed = [f for entry in noted for f in entry.get("files", {}).values() if "at" in f]
        used = {entry.get("at", "") for entry in (*noted, *changed)}
        for folder in (self.path / RUNS).glob("*"):
            if f"{RUNS}/{folder.name}" not in used:
                shutil.rmtree(folder, ignore_errors=True)
        # Runs of former versions had no folders of their own.
        loose = {name for step in STEPS.values() for name in step.files} | _OPTIONAL
        for entry in noted:
            if not entry.get("at"):
                loose -= {name for name, f in entry.get("files", {}).items() if "at" not in f}
        for name in loose:
            (self.path / name).unlink(missing_ok=True)

    def _change(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Read study.json, change it and write it, while nobody else does."""
        with editing(self.path):
            manifest = read_manifest(self.path)
            change(manifest)
            write_json(self.path / MANIFEST, manifest)
        self._show(manifest)

    def _show(self, manifest: dict[str, Any]) -> None:
        """Take another manifest for the present one, and forget what was loaded by the former."""
        if manifest == self.manifest:
            return
        self.manifest = manifest
        for name in list(self.__dict__):
            if isinstance(getattr(type(self), name, None), cached_property):
                del self.__dict__[name]


def _take_over(entries: Iterable[dict[str, Any]], digests: dict[str, list[str]]) -> None:
    """Let what was made from former results count as made from the present ones.

    Args:
        entries: what study.json notes of runs; changed in place.
        digests: former and present digest, by step.
    """
    for entry in entries:
        for needed, digest in entry.get("inputs", {}).items():
            if needed in digests and digest == digests[needed][0]:
                entry["inputs"][needed] = digests[needed][1]


def _difference(path: Path, expected: dict[str, Any]) -> str | None:
    if not path.is_file():
        return "the file is missing"
    if path.stat().st_size != expected["bytes"]:
        return f"the file has {path.stat().st_size} bytes instead of {expected['bytes']}"
    if sha256_file(path) != expected["sha256"]:
        return "the file's contents have changed"
    return None


def _versions() -> dict[str, str]:
    found = {}
    for package in _VERSIONED:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
