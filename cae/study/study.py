"""The folder on disk that holds an image set and everything computed from it."""

import importlib.metadata
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cae.cohorts.store import CohortStore
from cae.errors import CaeError
from cae.imageset import ImageSet
from cae.storage import (
    atomic_path,
    read_array,
    read_json,
    read_table,
    sha256_file,
    write_array,
    write_json,
    write_table,
)

if TYPE_CHECKING:
    from cae.local.model import LocalModel
    from cae.model import Model

FORMAT_VERSION = 1
MANIFEST = "study.json"
STEPS = ("import", "train", "encode", "project", "cluster")
_NEEDS = {"import": (), "train": ("import",), "encode": ("import", "train")}
_NEEDS |= {"project": ("encode",), "cluster": ("encode", "project")}
# Beside the way to a map: a local model, which any study may have or not, and what it finds.
LOCAL_STEPS = ("local", "areas")
_NEEDS |= {"local": ("import",), "areas": ("import", "local")}
_COMMANDS = dict.fromkeys(LOCAL_STEPS, "build {path} --method local")
_REQUIRED = ("name", "kind", "source", "identifying", "mask_names", "seed")
_LOADED = ("images", "masks", "samples", "problems", "model", "latents", "projection", "clusters")
_LOADED += ("local_model", "areas")
_VERSIONED = ("cae-explorer", "torch", "numpy", "umap-learn", "hdbscan", "scikit-learn")


@dataclass(frozen=True)
class Damage:
    """A file of a study that is not what its step wrote, and the step that makes it anew."""

    file: str
    reason: str
    step: str


def redo_command(step: str, path: Path) -> str:
    """Return the command that runs `step` on the study at `path`."""
    return "cae " + _COMMANDS.get(step, f"{step} {{path}}").format(path=path)


def now_utc() -> str:
    """Return the current time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Study:
    """An image set, its model, latents, map, clusters and cohorts, in one folder.

    Row i is the same image in every file. Arrays are memory-mapped, tables read when first
    asked for. Use `Study.create` or `Study.open`.
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def create(
        cls,
        path: Path,
        imageset: ImageSet,
        source: str,
        seed: int = 0,
        limit: int | None = None,
    ) -> "Study":
        """Write `imageset` as a new study; nothing is left behind when that fails.

        `source`, `seed` and `limit` (the number of images asked for, None for all) are noted.

        Raises:
            CaeError: `path` holds something already.
        """
        path = Path(path).expanduser().resolve()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise CaeError(f"{path} already exists and is not empty; choose another folder.")
        with atomic_path(path) as temporary:
            temporary.mkdir()
            manifest = {
                "format": FORMAT_VERSION,
                "name": imageset.name,
                "kind": imageset.kind,
                "source": source,
                "credit": imageset.credit,
                "identifying": list(imageset.identifying),
                "mask_names": list(imageset.mask_names),
                "seed": seed,
                "created": now_utc(),
                "steps": {},
            }
            study = cls(temporary, manifest)
            parameters = {"source": source, "images": len(imageset), "limit": limit}
            with study.step("import", parameters) as files:
                write_array(temporary / files.add("images.npy"), imageset.images)
                write_table(temporary / files.add("samples.parquet"), imageset.table)
                write_table(temporary / files.add("problems.parquet"), imageset.problems)
                if imageset.masks is not None:
                    write_array(temporary / files.add("masks.npy"), imageset.masks)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> "Study":
        """Open a study without loading its images.

        Raises:
            CaeError: `path` is no study, or one of a newer format.
        """
        path = Path(path).expanduser().resolve()
        if not (path / MANIFEST).is_file():
            raise CaeError(f"{path} is not a study: it has no {MANIFEST}; make one with cae build.")
        manifest = read_json(path / MANIFEST)
        damaged = f"{path / MANIFEST} is damaged; restore it from a copy or build anew."
        if not isinstance(manifest, dict) or "format" not in manifest:
            raise CaeError(damaged)
        if manifest["format"] != FORMAT_VERSION:
            raise CaeError(
                f"{path} has study format {manifest['format']}, but this version reads "
                f"{FORMAT_VERSION}; update CAE Explorer or build the study anew."
            )
        if not _is_whole(manifest):
            raise CaeError(damaged)
        return cls(path, manifest)

    @property
    def name(self) -> str:
        """Short name of the image set."""
        return self.manifest["name"]

    @property
    def seed(self) -> int:
        """The seed of every random choice made for this study."""
        return self.manifest["seed"]

    @property
    def method(self) -> str | None:
        """The method the model was trained with, None before training."""
        return self.parameters("train").get("method") if self.is_done("train") else None

    @property
    def identifying(self) -> tuple[str, ...]:
        """Columns that may tell who a patient is."""
        return tuple(self.manifest["identifying"])

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def images(self) -> np.ndarray:
        """uint8, (N, H, W, C), memory-mapped."""
        return read_array(self.path / "images.npy")

    @cached_property
    def masks(self) -> np.ndarray | None:
        """uint8, (N, H, W, M), memory-mapped; None where the source brings none."""
        return read_array(self.path / "masks.npy") if (self.path / "masks.npy").exists() else None

    @cached_property
    def samples(self) -> pd.DataFrame:
        """The table, one row per image, index 0…N−1."""
        return read_table(self.path / "samples.parquet")

    @cached_property
    def problems(self) -> pd.DataFrame:
        """Files and rows the source could not use (columns file, reason)."""
        return read_table(self.path / "problems.parquet")

    @cached_property
    def latents(self) -> np.ndarray:
        """float32, (N, d), memory-mapped."""
        self.require("encode")
        return read_array(self.path / "latents.npy")

    @cached_property
    def projection(self) -> np.ndarray:
        """float32, (N, 2): the map."""
        self.require("project")
        return read_array(self.path / "projection.npy")

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Columns cluster (int, −1 is unclustered), probability (0–1), outlier_score (0–1)."""
        self.require("cluster")
        return read_table(self.path / "clusters.parquet")

    @property
    def table(self) -> pd.DataFrame:
        """`samples` beside the columns of `clusters` and `areas`, where these are current."""
        table = self.samples
        for step, found in (("cluster", "clusters"), ("areas", "areas")):
            if self.is_current(step):
                columns = getattr(self, found)
                added = [column for column in columns if column not in table]
                table = pd.concat([table, columns[added]], axis=1)
        return table

    @cached_property
    def model(self) -> "Model":
        """The trained encoder and decoder; importing torch takes a moment the first time."""
        from cae.model import Model

        self.require("train")
        return Model.load(self.path / "model")

    @cached_property
    def local_model(self) -> "LocalModel":
        """The trained model of pixels; importing torch takes a moment the first time."""
        from cae.local.model import LocalModel

        self.require("local")
        return LocalModel.load(self.path / "local")

    @cached_property
    def areas(self) -> pd.DataFrame:
        """One column per region of the local model: the share of each image (0–1) it covers."""
        self.require("areas")
        return read_table(self.path / "local" / "areas.parquet")

    @cached_property
    def cohorts(self) -> CohortStore:
        """The saved cohorts and remembered selections."""
        return CohortStore(self.path / "cohorts.db")

    def rows(self, split: str) -> np.ndarray:
        """Return the row numbers of one split (train, val or test), ascending."""
        return np.flatnonzero(self.samples["split"].to_numpy() == split)

    def is_done(self, step: str) -> bool:
        """Whether `step` has finished once; its result may be outdated, see `is_current`."""
        return self.manifest["steps"].get(step, {}).get("state") == "done"

    def is_current(self, step: str) -> bool:
        """Whether `step` has finished on the present results of the steps it needs."""
        if not self.is_done(step):
            return False
        inputs = self.manifest["steps"][step]["inputs"]
        return all(
            self.is_current(needed) and inputs.get(needed) == self.digest(needed)
            for needed in _NEEDS[step]
        )

    def parameters(self, step: str) -> dict[str, Any]:
        """Return the parameters `step` last ran with; empty if it never did."""
        return self.manifest["steps"].get(step, {}).get("parameters", {})

    def digest(self, step: str) -> str:
        """Return one hash that stands for all files `step` wrote; empty if it is not done."""
        files = self.manifest["steps"].get(step, {}).get("files", {})
        return "+".join(entry["sha256"][:16] for entry in files.values())

    @property
    def images_digest(self) -> str:
        """The hash of the images; the same for studies of the same images in the same order."""
        files = self.manifest["steps"].get("import", {}).get("files", {})
        return files.get("images.npy", {}).get("sha256", "")

    @property
    def foreign_model(self) -> str | None:
        """Name of the checkpoint that the model was taken from, if it may have seen test images.

        None where the model was trained on this study's images and splits.
        """
        origin = self.manifest["steps"].get("train", {}).get("checkpoint", {})
        return origin.get("name") if origin.get("other_images") else None

    def require(self, step: str) -> None:
        """Raise `CaeError` with the command to run unless `step` is current."""
        if not self.is_current(step):
            state = "is out of date in" if self.is_done(step) else "has not been run on"
            raise CaeError(
                f"The step {step!r} {state} the study {self.path}; "
                f"run: {redo_command(step, self.path)}"
            )

    @contextmanager
    def step(self, step: str, parameters: dict[str, Any]) -> Iterator["StepFiles"]:
        """Run the block as `step`: note its parameters, files, hashes and time in study.json.

        The block names the files it writes with ``files.add(name)``. A step that is cut off
        stays marked as running and is redone by the next run.
        """
        for needed in _NEEDS[step]:
            self.require(needed)
        started = time.perf_counter()
        entry: dict[str, Any] = {"state": "running", "parameters": parameters}
        entry["inputs"] = {needed: self.digest(needed) for needed in _NEEDS[step]}
        self._note(step, entry)
        files = StepFiles(self.path)
        yield files
        entry["state"] = "done"
        entry["finished"] = now_utc()
        entry["seconds"] = round(time.perf_counter() - started, 2)
        entry["versions"] = _versions()
        entry["files"] = files.entries()
        self._forget_loaded()
        self._note(step, entry)

    def adopt(self, step: str, entry: dict[str, Any], files: dict[str, Path]) -> None:
        """Take over a finished step from elsewhere: copies of its files and its entry.

        ``inputs`` are set to this study's own, so the caller vouches that they agree.
        """
        entry = {**entry, "inputs": {needed: self.digest(needed) for needed in _NEEDS[step]}}
        # Cut off between two files, the step must not count as done.
        self._note(step, {**entry, "state": "running", "files": {}})
        for name, source in files.items():
            with atomic_path(self.path / name) as temporary:
                temporary.write_bytes(source.read_bytes())
        self._forget_loaded()
        self._note(step, entry)

    def verify(self) -> list[Damage]:
        """Compare every file with the hash its step wrote down; return what differs."""
        found = []
        for step in (*STEPS, *LOCAL_STEPS):
            entry = self.manifest["steps"].get(step)
            if entry is None:
                continue
            if entry["state"] != "done":
                found.append(Damage("", "the step was cut off before its end", step))
                continue
            for name, expected in entry["files"].items():
                if reason := _difference(self.path / name, expected):
                    found.append(Damage(name, reason, step))
            if not self.is_current(step):
                found.append(Damage("", "the step is older than what it was made from", step))
        return found

    def _note(self, step: str, entry: dict[str, Any]) -> None:
        self.manifest["steps"][step] = entry
        write_json(self.path / MANIFEST, self.manifest)

    def _forget_loaded(self) -> None:
        for name in _LOADED:
            self.__dict__.pop(name, None)


class StepFiles:
    """The files one run of a step has written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []

    def add(self, name: str) -> str:
        """Count `name`, relative to the study, among the step's files, and return it."""
        self._names.append(name)
        return name

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return size and hash of every file."""
        return {
            name: {
                "bytes": (self._folder / name).stat().st_size,
                "sha256": sha256_file(self._folder / name),
            }
            for name in self._names
        }


def _is_whole(manifest: dict[str, Any]) -> bool:
    """Whether a manifest has every entry that is read without asking."""
    steps = manifest.get("steps")
    return (
        all(key in manifest for key in _REQUIRED)
        and isinstance(steps, dict)
        and all(isinstance(entry, dict) and "state" in entry for entry in steps.values())
    )


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
